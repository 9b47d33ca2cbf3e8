//! What one installer saves the other installs.

use crate::locks::{frozen, twins};

#[test]
fn saved_archives_and_wheels_are_installed_by_the_other() {
    const REQUIREMENTS: &str = "demo-app==1.0 'parcel[ribbon]' source-only";
    let (_directory, [pip, rpip]) = twins();
    for (command, directory) in [("download -d", "archives"), ("wheel -w", "wheels")] {
        for (saver, installer) in [(&pip, &rpip), (&rpip, &pip)] {
            let saved = saver.run(&format!("{command} {directory} {REQUIREMENTS}"), true, "");
            assert_eq!(saved.code, 0, "{command}: {}", saved.stderr);
            let place = saver.work().join(directory);
            let line = format!("install --no-index --find-links {} {REQUIREMENTS}", place.display());
            let installed = installer.run(&line, false, "");
            assert_eq!(installed.code, 0, "{line}: {}", installed.stderr);
            assert_eq!(
                frozen(installer),
                "card==1.0\nDemo-App==1.0\nhelper==2.0\npaper==2.0\nparcel==1.0\nsource-only==1.0\n"
            );
            let names = "demo-app parcel source-only helper card paper";
            assert_eq!(installer.run(&format!("uninstall -y {names}"), false, "").code, 0);
        }
    }
}
