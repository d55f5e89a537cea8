//! When two addresses are the same person's: every address has one normal form, and a rebrand gives it
//! another.
//!
//! Owns: the normal form, and the keys that follow from it. Knows nothing of candidates and verdicts.
//!
//! INVARIANT: whatever `Identity::relation` calls related shares a key of `Identity::keys`, for both are
//! made of the same normal forms.

use usher_policy::{Address, SettingsProblem};

use crate::settings::{Rebrand, Settings};

/// How an address came to its normal form; in the order of what is said to the admin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    plus_tag: bool,
    dots: bool,
    alias_domain: bool,
    alias: bool,
    rebrand: bool,
}

/// What two addresses have to do with each other, closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same text, or but for the case of letters.
    Same {
        /// Whether letter case differs.
        case: bool,
    },
    /// The same normal form, by these steps.
    Equivalent(Steps),
    /// They only look alike.
    LookAlike,
}

impl Steps {
    fn and(self, other: Self) -> Self {
        Self {
            plus_tag: self.plus_tag || other.plus_tag,
            dots: self.dots || other.dots,
            alias_domain: self.alias_domain || other.alias_domain,
            alias: self.alias || other.alias,
            rebrand: self.rebrand || other.rebrand,
        }
    }

    /// Names of the steps, as `plus-tag, dots`.
    #[must_use]
    pub fn names(self) -> String {
        let steps = [
            (self.plus_tag, "plus-tag"),
            (self.dots, "dots"),
            (self.alias_domain, "alias-domain"),
            (self.alias, "alias"),
            (self.rebrand, "rebrand"),
        ];
        let names: Vec<&str> = steps.iter().filter(|(taken, _)| *taken).map(|(_, name)| *name).collect();
        names.join(", ")
    }
}

/// The settings, ready for comparing.
pub struct Identity {
    settings: Settings,
    /// Normal forms with the one that stands for the person, in order.
    aliases: Vec<(String, String)>,
}

impl Identity {
    /// Prepares the alias list: its addresses, too, are compared in normal form.
    ///
    /// # Errors
    /// An address is in two lists.
    pub fn new(settings: Settings) -> Result<Self, Vec<SettingsProblem>> {
        let mut identity = Self { settings, aliases: Vec::new() };
        let mut aliases: Vec<(String, String)> = Vec::new();
        let mut problems = Vec::new();
        for (group, addresses) in identity.settings.aliases.iter().enumerate() {
            let mut person = None;
            for (index, address) in addresses.iter().enumerate() {
                let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                let (normal, _) = identity.normal(local, domain);
                let person = person.get_or_insert_with(|| normal.clone());
                match aliases.iter().find(|(known, _)| *known == normal) {
                    Some((_, other)) if other != person => problems.push(SettingsProblem::new(
                        format!("/aliases/{group}/{index}"),
                        "is in another list already: an address belongs to one person",
                    )),
                    Some(_) => {}
                    None => aliases.push((normal, person.clone())),
                }
            }
        }
        aliases.sort();
        identity.aliases = aliases;
        if problems.is_empty() { Ok(identity) } else { Err(problems) }
    }

    /// The organisation's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Keys under which the address is found.
    pub fn keys(&self, address: &Address) -> Vec<String> {
        let mut keys = Vec::new();
        let mut add = |normal: String| {
            if self.settings.review_look_alikes {
                keys.push(format!("?{}", skeleton(&normal)));
            }
            keys.push(format!("={normal}"));
        };
        add(self.normal(self.local(address), &address.domain).0);
        for rebrand in self.settings.rebrands.iter().filter(|r| r.from == address.domain) {
            add(self.normal(self.local(address), &rebrand.to).0);
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// What two addresses have to do with each other on the day `today`; none if nothing.
    pub fn relation(&self, a: &Address, b: &Address, today: &str) -> Option<Relation> {
        let (local_a, local_b) = (self.local(a), self.local(b));
        if local_a == local_b && a.domain == b.domain {
            return Some(Relation::Same { case: a.raw != b.raw });
        }
        let mut alike = false;
        let mut compare = |domain_a: &str, domain_b: &str| {
            let (normal_a, steps_a) = self.normal(local_a, domain_a);
            let (normal_b, steps_b) = self.normal(local_b, domain_b);
            if normal_a == normal_b {
                return Some(steps_a.and(steps_b));
            }
            alike |= self.settings.review_look_alikes && skeleton(&normal_a) == skeleton(&normal_b);
            None
        };
        if let Some(steps) = compare(&a.domain, &b.domain) {
            return Some(Relation::Equivalent(steps));
        }
        for rebrand in self.settings.rebrands.iter().filter(|r| within(r, today)) {
            if let Some(steps) = compare(after(rebrand, &a.domain), after(rebrand, &b.domain)) {
                return Some(Relation::Equivalent(Steps { rebrand: true, ..steps }));
            }
        }
        alike.then_some(Relation::LookAlike)
    }

    fn local<'a>(&self, address: &'a Address) -> &'a str {
        if self.settings.ignore_case {
            address.local_part()
        } else {
            address.raw.rsplit_once('@').map_or(address.local_part(), |(local, _)| local)
        }
    }

    /// The normal form of `local@domain`.
    fn normal(&self, local: &str, domain: &str) -> (String, Steps) {
        let mut steps = Steps::default();
        let mut local = local;
        if self.settings.plus_tags.iter().any(|name| name == domain) {
            // A local part that is all tag keeps it: nobody's mailbox is empty.
            if let Some((base, _)) = local.split_once('+').filter(|(base, _)| !base.is_empty()) {
                local = base;
                steps.plus_tag = true;
            }
        }
        let mut normal = String::with_capacity(local.len() + 1 + domain.len());
        if self.settings.dots.iter().any(|name| name == domain) {
            steps.dots = local.contains('.');
            normal.extend(local.chars().filter(|c| *c != '.'));
        } else {
            normal.push_str(local);
        }
        normal.push('@');
        let mut groups = self.settings.alias_domains.iter();
        match groups.find(|group| group.iter().any(|name| name == domain)) {
            Some(group) => {
                steps.alias_domain = group[0] != domain;
                normal.push_str(&group[0]);
            }
            None => normal.push_str(domain),
        }
        match self.aliases.binary_search_by(|(alias, _)| alias.as_str().cmp(&normal)) {
            Ok(index) => {
                let person = &self.aliases[index].1;
                steps.alias = *person != normal;
                (person.clone(), steps)
            }
            Err(_) => (normal, steps),
        }
    }
}

fn within(rebrand: &Rebrand, today: &str) -> bool {
    (rebrand.starts_on.as_str()..=rebrand.ends_on.as_str()).contains(&today)
}

fn after<'a>(rebrand: &'a Rebrand, domain: &'a str) -> &'a str {
    if rebrand.from == domain { &rebrand.to } else { domain }
}

/// What `normal` looks like at a glance. The local part alone: whose the domain is has been proved (R40).
/// The table holds the letters that fool people in practice, not all of Unicode's confusables.
fn skeleton(normal: &str) -> String {
    let (local, domain) = normal.rsplit_once('@').unwrap_or((normal, ""));
    let mut seen: String = local.to_lowercase().chars().map(looks_like).collect();
    for (pair, letter) in [("rn", "m"), ("vv", "w")] {
        seen = seen.replace(pair, letter);
    }
    seen.push('@');
    seen.push_str(domain);
    seen
}

fn looks_like(letter: char) -> char {
    match letter {
        // Cyrillic, then Greek, then Latin letters and digits.
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'ʙ' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' | 'ε' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' | 'ı' | 'ɩ' | 'l' | '1' | '|' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'п' | 'ո' => 'n',
        'о' | 'ο' | 'օ' | '0' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' | 'ɾ' => 'r',
        'ѕ' | '5' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ᴢ' | 'ζ' => 'z',
        '‐' | '‑' | '–' | '_' => '-',
        other => other,
    }
}
