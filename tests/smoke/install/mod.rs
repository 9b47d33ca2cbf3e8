//! Command lines of `install`, by pip and by rpip.

mod configuration;
mod failures;
mod files;
mod groups;
mod hashes;
mod layouts;
mod locations;
mod neighbours;
mod oddities;
mod places;
mod selection;
mod sources;
mod targets;
mod upgrading;
