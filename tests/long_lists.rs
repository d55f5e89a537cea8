//! Lists of which little is wanted: a page reads so many rows and no more, whatever it is short of (R1, R33).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use usher_domain::ids::{DepartmentId, InvitationId, RequestId};
use usher_domain::time::SECOND;
use usher_server::app::page::MAX_LOOKED_AT;
use usher_server::app::stored::{Department, Invitation, JoinRequest};
use usher_server::testing::Client;
use usher_store::Record;

use crate::branch::Branch;
use crate::front_desk::{text, waited};

/// Rows that nobody wants: more than one page looks at, fewer than two do.
const UNWANTED: usize = MAX_LOOKED_AT + 500;

impl Branch {
    /// Stores copies of a record, each as old as the one whose id it is near to.
    fn fill<R: Record>(&self, near: [u8; 16], copy: impl Fn([u8; 16]) -> (R::Id, R)) {
        let scope = self.desk.scope();
        let ids: Vec<_> = (0..UNWANTED).map(|n| beside(near, n)).collect();
        for some in ids.chunks(500) {
            let mut writes = scope.writes();
            for (id, record) in some.iter().map(|id| copy(*id)) {
                writes.put(&id, &record);
            }
            waited(writes.commit()).expect("a commit");
        }
    }

    /// A record as it is stored.
    fn stored<R: Record>(&self, id: &R::Id) -> R {
        waited(self.desk.scope().get::<R>(id)).expect("it is read").expect("it is there").record
    }
}

/// The id of the same moment that is `n` on.
fn beside(mut near: [u8; 16], n: usize) -> [u8; 16] {
    near[8..].copy_from_slice(&(n as u64).to_be_bytes());
    near
}

/// What each page of a list has under `field`, and the places between them as they are behind their encoding.
fn pages(client: &Client, path: &str, field: &str) -> (Vec<Vec<String>>, Vec<Vec<u8>>) {
    let (mut pages, mut places, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let more = if path.contains('?') { '&' } else { '?' };
        let page = client.get(&format!("{path}{more}limit=50{cursor}")).expect(200);
        pages.push(page["items"].as_array().expect("items").iter().map(|item| text(&item[field])).collect());
        let Some(next) = page["next"].as_str() else { return (pages, places) };
        places.push(BASE64URL_NOPAD.decode(next.as_bytes()).expect("a cursor"));
        cursor = format!("&cursor={next}");
    }
}

/// The pages of a list of Dora's, whose cursors tell of none of the rows beyond her reach.
fn by_dora(branch: &Branch, path: &str, field: &str, near: [u8; 16]) -> Vec<Vec<String>> {
    let (pages, places) = pages(&branch.dora, &branch.desk.path(path), field);
    assert!(places.iter().all(|place| !place.windows(8).any(|part| part == &near[..8])), "{places:?}");
    pages
}

#[test]
fn r1_invitations_beyond_reach_cost_a_page_no_more_than_it_may() {
    let branch = Branch::new();
    let invite = |department: &str| branch.desk.invite(&json!({ "department": branch.ids[department] })).0;
    let first = invite("Sales");
    branch.desk.host.clock.advance(SECOND);
    let beyond: InvitationId = invite("Research").parse().expect("an id");
    let Invitation(sample) = branch.stored::<Invitation>(&beyond);
    branch.fill(*beyond.as_bytes(), |id| {
        let id = InvitationId::from_bytes(id);
        (id, Invitation(usher_domain::invitation::Invitation { id, ..sample.clone() }))
    });
    branch.desk.host.clock.advance(SECOND);
    let last = invite("North");
    assert_eq!(by_dora(&branch, "/invitations", "id", *beyond.as_bytes()), [vec![first], vec![last]]);
}

#[test]
fn r1_r33_requests_beyond_reach_or_not_in_the_state_cost_a_page_no_more_than_it_may() {
    let branch = Branch::new();
    let ask = |department: &str, email: &str| {
        let link = branch.desk.invite(&json!({ "department": branch.ids[department] })).1;
        let request = text(&branch.desk.join(&link, email).expect(200)["request"]);
        branch.desk.host.clock.advance(SECOND);
        request
    };
    let own = ask("Sales", "eve@example.com");
    drop(branch.desk.answer(&json!(own), "reject", &json!({})).expect(200));
    let beyond: RequestId = ask("Research", "gil@example.com").parse().expect("an id");
    let JoinRequest(sample) = branch.stored::<JoinRequest>(&beyond);
    branch.fill(*beyond.as_bytes(), |id| {
        let id = RequestId::from_bytes(id);
        (id, JoinRequest(usher_domain::request::JoinRequest { id, ..sample.clone() }))
    });
    assert_eq!(by_dora(&branch, "/requests", "id", *beyond.as_bytes()), [vec![], vec![own.clone()]]);
    let (rejected, _) = pages(&branch.desk.admin(), &branch.desk.path("/requests?state=rejected"), "id");
    assert_eq!(rejected, [vec![], vec![own]], "whoever reaches all waits no longer");
}

#[test]
fn r1_departments_that_nobody_is_in_cost_a_page_of_members_no_more_than_it_may() {
    let branch = Branch::new();
    let sales: DepartmentId = branch.ids["Sales"].parse().expect("an id");
    let Department(sample) = branch.stored::<Department>(&sales);
    // Older than Sales, so that they are looked at before it.
    branch.fill([0; 16], |id| {
        let id = DepartmentId::from_bytes(id);
        let empty = usher_domain::department::Department { id, parent: Some(sales), ..sample.clone() };
        (id, Department(empty))
    });
    let (pages, _) = pages(&branch.dora, &branch.desk.path("/members"), "name");
    assert_eq!(pages.len(), 2, "{pages:?}");
    let mut names = pages.concat();
    names.sort_unstable();
    assert_eq!((pages[0].len(), names), (0, ["Ada", "Bo", "Dora"].map(str::to_owned).to_vec()));
}

#[test]
fn r1_a_cursor_that_is_not_their_own_is_refused() {
    let branch = Branch::new();
    let foreign = BASE64URL_NOPAD.encode(&[7; 16]);
    for list in ["/requests", "/invitations"] {
        let refused: Value = branch.dora.get(&branch.desk.path(&format!("{list}?cursor={foreign}"))).expect(400);
        assert_eq!(refused["code"], "invalid_cursor", "{list}");
    }
}
