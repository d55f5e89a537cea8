//! Random people who come: by invitations, by requests, by a sheet, and back from deletion.

use serde_json::{Value, json};
use usher_domain::time::DAY;
use usher_server::testing::Answer;

use super::office::{Dice, Office, held};
use crate::front_desk::{by, text};
use crate::wishes::until;

/// Longer than invitations and requests hold.
const BEYOND_THEM: i64 = 15 * DAY;

impl Office {
    /// One of the ways to come, or what becomes of somebody who came.
    pub fn come(&self, dice: &mut Dice) -> Option<Answer> {
        match dice.below(12) {
            0..3 => self.take_invitation(dice),
            3..6 => self.ask(dice),
            6..8 => self.approve(dice),
            8 => self.refuse(dice),
            9 => self.withdraw(dice),
            10 => self.restore(dice),
            _ => self.import_people(dice),
        }
    }

    /// Takes a personal invitation, which may have a seat reserved.
    fn take_invitation(&self, dice: &mut Dice) -> Option<Answer> {
        let (email, link) = dice.take(&mut held(&self.personal))?;
        self.join(&link, &email)
    }

    /// Asks to join by an invitation for anybody, with a plan.
    fn ask(&self, dice: &mut Dice) -> Option<Answer> {
        let link = dice.pick(&self.links)?;
        self.join(&link, &format!("a{}@example.com", dice.below(u64::from(u32::MAX))))
    }

    fn join(&self, link: &str, email: &str) -> Option<Answer> {
        let client = self.desk.host.client("");
        let proof = client.post("/v1/join/proofs", &json!({ "by": by(link), "email": email }));
        if proof.status != 201 {
            return Some(proof);
        }
        let proof = json!({ "proof": proof.body["proof"], "code": self.desk.code_to(email) });
        let answer = client.post("/v1/join", &json!({ "by": by(link), "name": "Ada", "email": proof }));
        match answer.body["outcome"].as_str() {
            Some("joined") => held(&self.members).push(text(&answer.body["member"])),
            Some("pending") => held(&self.requests).push(answer.body.clone()),
            _ => {}
        }
        Some(answer)
    }

    fn approve(&self, dice: &mut Dice) -> Option<Answer> {
        let request = dice.take(&mut held(&self.requests))?;
        let seat = match dice.below(4) {
            0 => json!({ "kind": "plan", "plan": dice.pick(&self.plans)? }),
            1 => json!({ "kind": "none" }),
            _ => json!({ "kind": "policy" }),
        };
        let answer = self.desk.answer(&request["request"], "approve", &json!({ "seat": seat }));
        if answer.status == 200 {
            held(&self.members).push(text(&answer.body["answer"]["member"]));
        }
        Some(answer)
    }

    fn refuse(&self, dice: &mut Dice) -> Option<Answer> {
        let request = dice.take(&mut held(&self.requests))?;
        Some(self.desk.answer(&request["request"], "reject", &json!({})))
    }

    fn withdraw(&self, dice: &mut Dice) -> Option<Answer> {
        let request = dice.take(&mut held(&self.requests))?;
        let receipt = json!({
            "organisation": request["organisation"], "request": request["request"], "receipt": request["receipt"],
        });
        Some(self.desk.host.client("").post("/v1/join/withdraw", &receipt))
    }

    /// Brings somebody back who was deleted, or tries to; without a plan only whom a group gives one.
    fn restore(&self, dice: &mut Dice) -> Option<Answer> {
        let member = dice.pick(&held(&self.members))?;
        let path = self.desk.path(&format!("/members/{member}"));
        let etag = self.desk.admin().get(&path).etag?;
        let body = if dice.below(2) == 0 { json!({}) } else { json!({ "plan": dice.pick(&self.plans)? }) };
        let (path, body) = (format!("{path}/restore"), body.to_string());
        let answer = self.desk.admin().send("POST", &path, &[("if-match", &etag)], Some(body.as_bytes()));
        (answer.body["code"] != "plan_required").then_some(answer)
    }

    /// Three people by a sheet, with the seats that the policies choose.
    fn import_people(&self, dice: &mut Dice) -> Option<Answer> {
        let emails = [(); 3].map(|()| format!("s{}@example.com", dice.below(u64::from(u32::MAX))));
        let rows = emails.each_ref().map(|email| format!("Joan,Acme,intern,{email}\n")).concat();
        let sheet = format!("Name,Department,Workforce type,Work email\n{rows}");
        let headers = [("content-type", "application/octet-stream")];
        let path = self.desk.path("/imports?seats=policy");
        let made = self.desk.admin().send("POST", &path, &headers, Some(sheet.as_bytes()));
        if made.status != 202 {
            return Some(made);
        }
        let path = self.desk.path(&format!("/imports/{}", text(&made.body["id"])));
        let settled = || !matches!(self.import_state(&path).as_str(), "checking" | "applying");
        until(settled);
        let applied = self.desk.admin().send("POST", &format!("{path}/apply"), &[], None);
        until(settled);
        for email in emails {
            let found = self.desk.admin().get(&self.desk.path(&format!("/members?work_email={email}"))).expect(200);
            if let Some(id) = found["items"][0]["id"].as_str() {
                held(&self.members).push(id.to_owned());
            }
        }
        Some(applied)
    }

    fn import_state(&self, path: &str) -> String {
        text(&self.desk.admin().get(path).expect(200)["state"])
    }

    /// Lets so much time pass that invitations and requests are over.
    pub fn wait_for_ends(&self) {
        self.desk.host.clock.advance(BEYOND_THEM);
    }

    /// Sells or takes back seats of a plan, and invites to one of them before those who wait may have been served.
    pub fn sell_and_invite(&self, dice: &mut Dice) -> Option<Answer> {
        let plan = dice.pick(&self.plans)?;
        let size = json!({ "size": 1 + dice.below(6) });
        drop(self.change(&self.operator(), &format!("/plans/{plan}"), &size));
        Some(self.invite(dice, Some(&plan)))
    }

    /// An invitation for anybody with a plan; its link.
    pub fn link_with(&self, plan: &str) -> String {
        self.desk.invite(&json!({ "plan": plan, "expires_at": Value::Null })).1
    }
}
