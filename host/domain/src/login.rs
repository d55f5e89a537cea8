//! Which login a new member gets (R6, R9 to R12), and what it takes to come in by it (R9 to R11, R19, R39).
//!
//! Owns both rules. Must not know how a password or a code is compared.

use crate::address::Address;
use crate::kebab::names;
use crate::member::Login;
use crate::phone::{Phone, PhoneRegion};

names! {
    /// What the admin chose (R9).
    pub enum LoginType as "login type" {
        /// The organisation's own mail address (R10).
        Business = "business",
        /// The work email.
        Work = "work",
        /// Whichever is filled in (R11).
        Skip = "skip",
    }
}

names! {
    /// A field of the form.
    pub enum Field as "field" {
        /// The organisation's own address.
        BusinessEmail = "business_email",
        /// The work email.
        WorkEmail = "work_email",
        /// The mobile phone.
        Phone = "phone",
    }
}

/// What was filled in.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a> {
    /// The organisation's own address.
    pub business_email: Option<&'a Address>,
    /// The work email.
    pub work_email: Option<&'a Address>,
    /// The mobile phone.
    pub phone: Option<&'a Phone>,
}

/// The login, and what had better be filled in so that the invitation can arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// By what they log in.
    pub login: Login,
    /// Never an error (R11).
    pub recommended: Vec<Field>,
}

/// Why there is no login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// R10.
    #[error("business mail is not activated for the organisation: choose another login")]
    BusinessMailInactive,
    /// R9.
    #[error("the login type needs `{0}`: fill it in or choose another type")]
    Missing(Field),
    /// R6.
    #[error("a member needs one usable login: give a business email, a work email or a mobile phone")]
    NoLogin,
    /// R12.
    #[error(
        "for phone numbers of the region {0} a login type must be chosen: choose `business` or `work` and give its email"
    )]
    TypeRequired(PhoneRegion),
}

/// Chooses the login (R9 to R12). `skip` is refused for phone numbers of the regions in `skip_refused_for`.
pub fn choose(
    kind: LoginType,
    filled: Filled<'_>,
    business_mail: bool,
    skip_refused_for: &[PhoneRegion],
) -> Result<Choice, LoginError> {
    if filled.business_email.is_some() && !business_mail {
        return Err(LoginError::BusinessMailInactive);
    }
    if kind == LoginType::Skip
        && let Some(region) = filled.phone.and_then(|phone| phone.region_among(skip_refused_for))
    {
        return Err(LoginError::TypeRequired(region.clone()));
    }
    let login = match kind {
        LoginType::Business if !business_mail => return Err(LoginError::BusinessMailInactive),
        LoginType::Business if filled.business_email.is_none() => {
            return Err(LoginError::Missing(Field::BusinessEmail));
        }
        LoginType::Business => Login::BusinessEmail,
        LoginType::Work if filled.work_email.is_none() => {
            return Err(LoginError::Missing(Field::WorkEmail));
        }
        LoginType::Work => Login::WorkEmail,
        LoginType::Skip if filled.business_email.is_some() => Login::BusinessEmail,
        LoginType::Skip if filled.work_email.is_some() => Login::WorkEmail,
        LoginType::Skip if filled.phone.is_some() => Login::Phone,
        LoginType::Skip => return Err(LoginError::NoLogin),
    };
    let missing = [(filled.work_email.is_none(), Field::WorkEmail), (filled.phone.is_none(), Field::Phone)];
    let recommended = missing.into_iter().filter_map(|(missing, field)| missing.then_some(field)).collect();
    Ok(Choice { login, recommended })
}

/// Refuses to leave empty what somebody logs in by (R6).
pub const fn check_filled(login: Login, filled: Filled<'_>) -> Result<(), LoginError> {
    let (there, field) = match login {
        Login::BusinessEmail => (filled.business_email.is_some(), Field::BusinessEmail),
        Login::WorkEmail => (filled.work_email.is_some(), Field::WorkEmail),
        Login::Phone => (filled.phone.is_some(), Field::Phone),
    };
    if there { Ok(()) } else { Err(LoginError::Missing(field)) }
}

/// What somebody showed, and it was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Showed {
    /// Their password.
    pub password: bool,
    /// A one-time code.
    pub code: bool,
}

/// How somebody comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As everybody does.
    Ordinary,
    /// Past single sign-on, which is written down (R19).
    BreakGlass,
}

/// Why what somebody showed lets them in nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWay {
    /// It is not enough for their login.
    NotEnough,
    /// Logins go to the identity provider (R39).
    Sso,
}

/// Whether what was shown is enough for a login.
pub const fn way_in(login: Login, primary_admin: bool, sso: bool, showed: Showed) -> Result<Way, NoWay> {
    match (sso, login, showed.password, showed.code) {
        (true, _, true, true) if primary_admin => Ok(Way::BreakGlass),
        (true, ..) => Err(NoWay::Sso),
        (false, Login::BusinessEmail | Login::WorkEmail, true, _) => Ok(Way::Ordinary),
        (false, Login::WorkEmail | Login::Phone, _, true) => Ok(Way::Ordinary),
        (false, ..) => Err(NoWay::NotEnough),
    }
}

/// Whether a password opens something else than what a one-time code is sent to: then the two are two factors (R19). A
/// code for business mail goes to the work email or the phone; whoever has neither reads it in the mailbox itself.
pub const fn has_second_factor(login: Login, filled: Filled<'_>) -> bool {
    match login {
        Login::BusinessEmail => filled.work_email.is_some() || filled.phone.is_some(),
        Login::WorkEmail => true,
        // It has no password.
        Login::Phone => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_r10_r19_what_a_login_takes() {
        const NOT_ENOUGH: Result<Way, NoWay> = Err(NoWay::NotEnough);
        let check = |login: Login, nothing, password, code, both| {
            for (showed, expected) in
                [((false, false), nothing), ((true, false), password), ((false, true), code), ((true, true), both)]
            {
                let showed = Showed { password: showed.0, code: showed.1 };
                assert_eq!(way_in(login, false, false, showed), expected, "{login:?} {showed:?}");
                let past = if showed.password && showed.code { Ok(Way::BreakGlass) } else { Err(NoWay::Sso) };
                assert_eq!(way_in(login, true, true, showed), past, "{login:?} {showed:?}");
                assert_eq!(way_in(login, false, true, showed), Err(NoWay::Sso), "{login:?} {showed:?}");
            }
        };
        let enough = Ok(Way::Ordinary);
        check(Login::BusinessEmail, NOT_ENOUGH, enough, NOT_ENOUGH, enough);
        check(Login::WorkEmail, NOT_ENOUGH, enough, enough, enough);
        check(Login::Phone, NOT_ENOUGH, NOT_ENOUGH, enough, enough);
    }

    #[test]
    fn r19_who_has_two_factors() {
        let check = |login: Login, fields: &str, expected: bool| {
            let work = Address::parse("ada@example.com").unwrap();
            let phone = "+919812345678".parse().unwrap();
            let filled = Filled {
                business_email: None,
                work_email: fields.contains('w').then_some(&work),
                phone: fields.contains('p').then_some(&phone),
            };
            assert_eq!(has_second_factor(login, filled), expected, "{login:?} with {fields}");
        };
        check(Login::BusinessEmail, "", false);
        check(Login::BusinessEmail, "w", true);
        check(Login::BusinessEmail, "p", true);
        check(Login::WorkEmail, "w", true);
        check(Login::Phone, "wp", false);
    }

    /// `fields`: letters of what is filled in: b, w, p.
    fn check(kind: LoginType, fields: &str, business_mail: bool, expected: &Result<Login, LoginError>) {
        let business = Address::parse("ada@corp.example").unwrap();
        let work = Address::parse("ada@example.com").unwrap();
        let phone = "+919812345678".parse().unwrap();
        let filled = Filled {
            business_email: fields.contains('b').then_some(&business),
            work_email: fields.contains('w').then_some(&work),
            phone: fields.contains('p').then_some(&phone),
        };
        let login = choose(kind, filled, business_mail, &[]).map(|choice| choice.login);
        assert_eq!(&login, expected, "{kind} with {fields}");
    }

    #[test]
    fn r9_the_chosen_type_makes_its_field_mandatory() {
        check(LoginType::Business, "bw", true, &Ok(Login::BusinessEmail));
        check(LoginType::Business, "wp", true, &Err(LoginError::Missing(Field::BusinessEmail)));
        check(LoginType::Work, "bw", true, &Ok(Login::WorkEmail));
        check(LoginType::Work, "bp", true, &Err(LoginError::Missing(Field::WorkEmail)));
    }

    #[test]
    fn r10_business_only_where_it_is_activated() {
        check(LoginType::Business, "b", false, &Err(LoginError::BusinessMailInactive));
        check(LoginType::Skip, "bw", false, &Err(LoginError::BusinessMailInactive));
    }

    #[test]
    fn r11_skip_takes_the_first_that_is_filled_in() {
        check(LoginType::Skip, "bwp", true, &Ok(Login::BusinessEmail));
        check(LoginType::Skip, "wp", true, &Ok(Login::WorkEmail));
        check(LoginType::Skip, "p", true, &Ok(Login::Phone));
        check(LoginType::Skip, "", true, &Err(LoginError::NoLogin));
    }

    #[test]
    fn r11_what_is_missing_draws_a_recommendation() {
        let phone = "+4915112345678".parse().unwrap();
        let filled = Filled { business_email: None, work_email: None, phone: Some(&phone) };
        let choice = choose(LoginType::Skip, filled, false, &[]).unwrap();
        assert_eq!(choice.recommended, [Field::WorkEmail]);
    }

    #[test]
    fn r12_skip_is_refused_for_listed_regions() {
        let phone = "+919812345678".parse().unwrap();
        let work = Address::parse("ada@example.com").unwrap();
        let filled = Filled { business_email: None, work_email: Some(&work), phone: Some(&phone) };
        let listed: [PhoneRegion; 1] = ["+91".parse().unwrap()];
        let refused = Err(LoginError::TypeRequired(listed[0].clone()));
        assert_eq!(choose(LoginType::Skip, filled, false, &listed), refused);
        assert!(choose(LoginType::Work, filled, false, &listed).is_ok());
        assert!(choose(LoginType::Skip, filled, false, &["+49".parse().unwrap()]).is_ok());
    }
}
