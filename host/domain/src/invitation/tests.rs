//! Codes and uses of an invitation, and what it admits.

use super::*;
use proptest::prelude::*;

pub(crate) fn invitation() -> Invitation {
    let at = Instant::from_micros(0);
    Invitation {
        id: InvitationId::from_bytes([5; 16]),
        name: None,
        audience: Audience::Open,
        code: "ABCDEFGH".parse().unwrap(),
        code_since: at,
        earlier_code_uses: 7,
        link_hash: [0; 32],
        department: None,
        role: None,
        email_domain: None,
        plan: None,
        seat_reserved: false,
        approval_required: true,
        domain_skips_approval: false,
        max_uses: None,
        inviter: None,
        by_member: false,
        created_at: at,
        expires_at: Some(at.plus(HOLDS_FOR)),
        revoked_at: None,
    }
}

pub(crate) fn applicant(email: &str, evidence: &[Evidence]) -> approval::Applicant {
    let address = Address::parse(email).unwrap();
    approval::Applicant {
        name: "Ada".into(),
        work_email: Some(evidence.iter().fold(address, |address, evidence| address.with(*evidence))),
        phone: None,
        phone_proved: false,
        language: None,
        workforce_type: None,
        employee_number: None,
        attributes: Vec::new(),
    }
}

#[test]
fn r15_an_invitation_holds_14_days_and_not_a_moment_longer() {
    let check = |at: i64, expected: Result<(), Refusal>| {
        assert_eq!(invitation().check_open(Instant::from_micros(at), 0), expected, "{at}");
    };
    check(0, Ok(()));
    check(14 * DAY - 1, Ok(()));
    check(14 * DAY, Err(Refusal::Expired(Instant::from_micros(14 * DAY))));
}

#[test]
fn r14_a_code_ends_and_is_used_up_however_long_its_invitation_holds() {
    let check = |ends: Option<i64>, day: i64, uses: u32, expected: Result<(), Refusal>| {
        let expires_at = ends.map(|day| Instant::from_micros(day * DAY));
        let invitation = Invitation { expires_at, ..invitation() };
        assert_eq!(invitation.check_code(Instant::from_micros(day * DAY), uses), expected, "{ends:?} {day} {uses}");
    };
    let ended = |day: i64| Err(Refusal::CodeExpired(Instant::from_micros(day * DAY)));
    check(None, 29, 506, Ok(()));
    check(None, 29, 507, Err(Refusal::CodeFull));
    check(None, 30, 7, ended(30));
    check(Some(60), 30, 7, ended(30));
    check(Some(14), 14, 7, ended(14));
}

#[test]
fn r14_r15_r22_refusals() {
    let at = Instant::from_micros(1);
    let check = |change: fn(&mut Invitation), email: &str, proved: bool, expected: Result<(), Refusal>| {
        let mut invitation = invitation();
        change(&mut invitation);
        let evidence: &[Evidence] = if proved { &[Evidence::OneTimeCode] } else { &[Evidence::DomainDns] };
        assert_eq!(invitation.admit(at, 3, &applicant(email, evidence)), expected, "{email}");
    };
    check(|_| {}, "ada@example.com", true, Ok(()));
    check(|_| {}, "ada@example.com", false, Err(Refusal::NotProved));
    check(|i| i.revoked_at = Some(i.created_at), "ada@example.com", true, Err(Refusal::Revoked));
    check(|i| i.max_uses = Some(3), "ada@example.com", true, Err(Refusal::Full));
    check(|i| i.max_uses = Some(4), "ada@example.com", true, Ok(()));
    let bound: fn(&mut Invitation) = |i| i.email_domain = Some("example.com".into());
    check(bound, "ada@EXAMPLE.com", true, Ok(()));
    check(bound, "ada@example.org", true, Err(Refusal::EmailDomain("example.com".into())));
    check(bound, "ada@sub.example.com", true, Err(Refusal::EmailDomain("example.com".into())));
    let personal: fn(&mut Invitation) = |i| i.audience = Audience::Email(Address::parse("Ada@example.com").unwrap());
    check(personal, "ada@Example.com", true, Ok(()));
    check(personal, "bob@example.com", true, Err(Refusal::OtherPerson));
}

#[test]
fn r22_a_personal_invitation_to_a_phone_is_taken_by_its_holder_alone() {
    let mut invitation = invitation();
    invitation.audience = Audience::Phone("+4915112345678".parse().unwrap());
    let mut ada = applicant("ada@example.com", &[Evidence::OneTimeCode]);
    ada.phone = Some("+4915112345678".into());
    let at = Instant::from_micros(1);
    assert_eq!(invitation.admit(at, 0, &ada), Err(Refusal::OtherPerson), "the phone is not proved");
    ada.phone_proved = true;
    assert_eq!(invitation.admit(at, 0, &ada), Ok(()));
}

#[test]
fn r22_a_personal_invitation_is_declined_by_its_holder_alone() {
    let email = |email: &str| Subject::Email(Address::parse(email).unwrap());
    let check = |audience: Audience, proved: Option<Subject>, expected: Result<(), Refusal>| {
        let invitation = Invitation { audience, ..invitation() };
        assert_eq!(invitation.admit_decline(proved.as_ref()), expected, "{proved:?}");
    };
    let ada = || Audience::Email(Address::parse("Ada@example.com").unwrap());
    let phone = || "+4915112345678".parse::<Phone>().unwrap();
    check(ada(), None, Err(Refusal::NotProved));
    check(ada(), Some(email("ada@EXAMPLE.com")), Ok(()));
    check(ada(), Some(email("bob@example.com")), Err(Refusal::OtherPerson));
    check(ada(), Some(Subject::Phone(phone())), Err(Refusal::OtherPerson));
    check(Audience::Phone(phone()), Some(Subject::Phone(phone())), Ok(()));
    check(Audience::Declined, Some(email("ada@example.com")), Err(Refusal::OtherPerson));
}

#[test]
fn r22_declining_forgets_who_was_invited() {
    let mut invitation = invitation();
    invitation.audience = Audience::Email(Address::parse("ada@example.com").unwrap());
    invitation.name = Some("For Ada".into());
    invitation.decline(Instant::from_micros(1));
    assert!(!serde_json::to_string(&invitation).unwrap().to_lowercase().contains("ada"));
    let ada = applicant("ada@example.com", &[Evidence::OneTimeCode]);
    assert_eq!(invitation.admit(Instant::from_micros(2), 0, &ada), Err(Refusal::Revoked));
}

#[test]
fn r14_codes_are_read_as_people_write_them() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(text.parse::<Code>().ok().as_ref().map(Code::as_str), expected, "{text}");
    };
    check("abcd-efgh", Some("ABCDEFGH"));
    check(" ABCD EFGH ", Some("ABCDEFGH"));
    check("ABCDEFG", None);
    check("ABCDEFGI", None);
    check("ABCDEFG1", None);
}

proptest! {
    #[test]
    fn r14_every_code_made_is_a_code(entropy: [u8; 32]) {
        if let Some(code) = Code::from_entropy(&entropy) {
            prop_assert_eq!(code.as_str().parse::<Code>(), Ok(code.clone()));
        }
    }
}
