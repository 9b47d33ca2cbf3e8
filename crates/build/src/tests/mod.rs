//! Tests with backends that the tests write.
