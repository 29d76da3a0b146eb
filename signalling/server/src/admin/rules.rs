//! What an administrator may change about a person. Pure.

use szpon_kit::problem::{Failure, Result};
use szpon_protocol::{admin::PersonStatus, claims::Role, problem::FieldReason};

use crate::directory::PersonRecord;

/// Sorted, each once; at least one.
pub(super) fn checked_roles(roles: &[Role]) -> Result<Vec<Role>> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(Failure::field("roles", FieldReason::Missing));
    }
    Ok(roles)
}

/// Nobody becomes operator by the hand of someone who isn't, and only an operator changes what an
/// operator may do or whether they may come in.
pub(super) fn may_change(
    caller_roles: &[Role],
    before: Option<&PersonRecord>,
    after_roles: &[Role],
    changes_access: bool,
) -> Result<()> {
    let was = before.is_some_and(|person| person.roles.contains(&Role::Operator));
    let becomes = after_roles.contains(&Role::Operator);
    let touches_operator = was != becomes || (was && changes_access);
    if touches_operator && !caller_roles.contains(&Role::Operator) {
        return Err(Failure::forbidden().with_detail("operators are changed by operators"));
    }
    Ok(())
}

/// Roles that the change takes away from someone active: somebody else has to have them.
pub(super) fn roles_lost(before: &PersonRecord, after: &PersonRecord) -> Vec<Role> {
    let holds = |person: &PersonRecord, role| {
        person.status == PersonStatus::Active && person.roles.contains(&role)
    };
    [Role::OfficeAdmin, Role::Operator]
        .into_iter()
        .filter(|role| holds(before, *role) && !holds(after, *role))
        .collect()
}

#[cfg(test)]
mod tests {
    use szpon_protocol::{Code, OfficeId, PersonId, account::Language};

    use super::*;

    fn person(roles: &[Role], status: PersonStatus) -> PersonRecord {
        PersonRecord {
            id: PersonId::new(),
            office: OfficeId::new(),
            office_name: String::new(),
            department: None,
            department_name: None,
            name: String::new(),
            email: String::new(),
            roles: roles.to_vec(),
            language: Language::Pl,
            status,
            totp_enabled: false,
            last_seen_at: None,
        }
    }

    #[test]
    fn roles_are_a_set() {
        let roles = checked_roles(&[Role::Trainer, Role::Official, Role::Trainer]).unwrap();
        assert_eq!(roles, [Role::Official, Role::Trainer]);
        assert_eq!(checked_roles(&[]).unwrap_err().code(), Code::Invalid);
    }

    #[test]
    fn operators_are_changed_by_operators() {
        let admin = [Role::OfficeAdmin];
        let operator = [Role::OfficeAdmin, Role::Operator];
        let plain = person(&[Role::Official], PersonStatus::Active);
        let op = person(&[Role::Operator], PersonStatus::Active);
        let check = |caller: &[Role], before, after: &[Role], access| {
            may_change(caller, before, after, access).is_ok()
        };
        assert!(check(&admin, None, &[Role::Official], false));
        assert!(!check(&admin, None, &[Role::Operator], false));
        assert!(check(&operator, None, &[Role::Operator], false));
        assert!(!check(&admin, Some(&plain), &[Role::Operator], false));
        assert!(!check(&admin, Some(&op), &[Role::Official], false));
        assert!(!check(&admin, Some(&op), &[Role::Operator], true));
        assert!(check(&admin, Some(&op), &[Role::Operator], false));
        assert!(check(&operator, Some(&op), &[Role::Official], true));
        assert!(check(&admin, Some(&plain), &[Role::Official], true));
    }

    #[test]
    fn a_role_is_lost_by_its_removal_and_by_deactivation() {
        let admin = person(&[Role::OfficeAdmin, Role::Official], PersonStatus::Active);
        let mut after = admin.clone();
        after.roles = vec![Role::Official];
        assert_eq!(roles_lost(&admin, &after), [Role::OfficeAdmin]);
        let mut after = admin.clone();
        after.status = PersonStatus::Deactivated;
        assert_eq!(roles_lost(&admin, &after), [Role::OfficeAdmin]);
        let invited = person(&[Role::OfficeAdmin], PersonStatus::Invited);
        assert!(roles_lost(&invited, &after).is_empty());
        assert!(roles_lost(&admin, &admin).is_empty());
    }
}
