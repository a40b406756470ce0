//! A login that AWS has given, as it is kept for the sessions after the first: `\connect` logs in by it again, or by a new one
//! once its time runs out, or where it is for another database.
//!
//! Knows no settings: whether a session may have the login of the one before is decided there.

use std::time::{Duration, SystemTime};

use super::{Cloud, CloudLogin, CloudRequest, Place, WantedLogin};
use crate::error::SessionError;
use crate::options::Secret;

/// A login that ends sooner is not used again: as for jobs, a server far away, or one that wakes up, takes its time.
const GOOD_FOR_AT_LEAST: Duration = Duration::from_secs(15 * 60);

/// A login that AWS has given, and what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenLogin {
    pub(crate) user: String,
    pub(crate) password: Secret,
    request: CloudRequest,
    expires_at: Option<SystemTime>,
}

impl GivenLogin {
    pub(super) fn new(mut request: CloudRequest, login: &CloudLogin) -> GivenLogin {
        if let WantedLogin::Temporary(wanted) = &mut request.login {
            // Sessions that keep the login are at the same place.
            wanted.place = Place::Known;
        }
        GivenLogin {
            user: login.user.clone(),
            password: login.password.clone(),
            request,
            expires_at: login.expires_at,
        }
    }

    /// The login of a later session on `database`: this one while it is good, else a new one. Where nobody can be asked, it
    /// stays as it is, and the server decides.
    ///
    /// # Errors
    /// [`SessionError::Options`] when the answer is no.
    pub(crate) async fn for_session_on(
        self,
        database: &str,
        cloud: Option<&Cloud>,
    ) -> Result<GivenLogin, SessionError> {
        let is_elsewhere = self.restricted_to().is_some_and(|own| own != database);
        let Some(cloud) = cloud.filter(|_| is_elsewhere || !self.is_good_at(SystemTime::now())) else {
            return Ok(self);
        };
        let mut request = self.request;
        if let WantedLogin::Temporary(wanted) = &mut request.login
            && is_elsewhere
        {
            wanted.database = Some(database.to_owned());
        }
        let login = (cloud.ask)(request.clone()).await.map_err(SessionError::Options)?;
        Ok(GivenLogin::new(request, &login))
    }

    fn is_good_at(&self, now: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| end.duration_since(now).is_ok_and(|left| left >= GOOD_FOR_AT_LEAST))
    }

    /// The only database that it lets in to.
    fn restricted_to(&self) -> Option<&str> {
        match &self.request.login {
            WantedLogin::Temporary(wanted) => wanted.database.as_deref(),
            WantedLogin::Secret(_) => None,
        }
    }
}
