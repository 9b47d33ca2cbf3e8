//! What becomes of the installed version of a project when another one is installed: pip's `get_dist_to_uninstall`,
//! but nothing is removed from the running environment by who installs elsewhere.

use python::Environment;

use crate::{InstallError, InstalledDistribution};

/// What becomes of an installed distribution when its project is installed into an environment.
#[derive(Debug, Clone)]
pub enum Replacement {
    /// It is removed by the transaction that installs ([`crate::Transaction::remove`]).
    Remove,
    /// It is removed too, but lies in another directory of the environment (in the user's site-packages, which come
    /// before the system's): by a transaction of its own on this environment, once the other one is through.
    RemoveFrom(Box<Environment>),
    /// It stays, and the new one counts instead of it (`--user` beside the system's), or both lie in different places.
    Stays,
    /// It stays because it is not the environment's (the base's, seen from a virtual environment): pip says so.
    Outside,
}

impl Replacement {
    /// Decides, by where `distribution` lies and by where `environment` writes.
    ///
    /// # Errors
    /// [`InstallError::LacksPrecedence`] where what `--user` installs would never be imported.
    pub fn of(environment: &Environment, distribution: &InstalledDistribution) -> Result<Self, InstallError> {
        let location = distribution.installed_location();
        match environment.holder_of(location) {
            Some(holder) if holder.scheme == environment.scheme => Ok(Self::Remove),
            Some(holder) => Ok(Self::RemoveFrom(Box::new(holder))),
            None if environment.lacks_precedence_to(location) => Err(InstallError::LacksPrecedence {
                name: distribution.name_text(),
                location: location.to_path_buf(),
            }),
            None if environment.destination == python::Destination::User || environment.is_elsewhere() => {
                Ok(Self::Stays)
            }
            None => Ok(Self::Outside),
        }
    }
}
