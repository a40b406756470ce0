//! Relations on Amazon Redshift, from its own catalogs.
use super::lists::{Kinds, not_found};
use super::{Description, Target};
use crate::run::Inquiry;
pub(super) fn list(target: &Target<'_>, _: Kinds<'_>, _: &mut Inquiry<'_>) -> Description {
    Err(not_found(target))
}
pub(super) fn relations(target: &Target<'_>, _: &mut Inquiry<'_>) -> Description {
    Err(not_found(target))
}
