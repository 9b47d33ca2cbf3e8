//! `rpip hash`.

use crate::world::World;

#[test]
fn files_are_hashed() {
    let world = World::new();
    world.write("a", "abc");
    world.write("b c", "");
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        world.rpip(&["hash", "a", "b c"]).success(),
        format!("a:\n--hash=sha256:{sha256}\nb c:\n--hash=sha256:{empty}\n")
    );
    let stdout = world.rpip(&["hash", "-a", "sha384", "a"]).success();
    assert!(
        stdout.starts_with("a:\n--hash=sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"),
        "{stdout}"
    );
    assert!(world.rpip(&["hash", "--algo=sha512", "a"]).success().contains("sha512:ddaf35a193617aba"));
}

#[test]
fn mistakes_are_told() {
    let world = World::new();
    assert_eq!(world.rpip(&["hash"]).failure(1), "\nUsage:   \n  rpip hash [options] <file> ...\n\n");
    let stderr = world.rpip(&["hash", "none"]).failure(2);
    assert!(stderr.starts_with("ERROR: none cannot be read: "), "{stderr}");
    let stderr = world.rpip(&["hash", "-a", "md5", "x"]).failure(2);
    assert!(stderr.contains("invalid choice: 'md5' (choose from 'sha256', 'sha384', 'sha512')"), "{stderr}");
}
