//! Every hostile program of `tests/guests` ends in the fault that its header names, a neighbour's decisions
//! go on meanwhile, and nothing of it reaches the host.
//!
//! Owns how a guest is run and what is compared; the programs and what each must end in are data.
#![allow(clippy::unwrap_used, reason = "a test that can't read its data has failed")]

mod guest;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guest::Guest;
use serde::de::DeserializeOwned;
use usher_domain::policy::facts::{Fact, FactValue};
use usher_engine::worker::{CompileLimits, Compiler};
use usher_engine::{
    Activation, AnyPolicy, Approval, CONTRACT, Ended, Engine, EngineConfig, FactSource, Fault, Limits,
    MAX_PAYLOAD_BYTES, Package, Policy, PoolSize, Run,
};
use wasm_encoder::{Component, ComponentSectionId, RawSection};

/// More fuel and time than a policy gets by itself, so that other limits are met first.
fn limits() -> Limits {
    Limits { fuel: 200_000_000, deadline_ms: 1_000, ..Limits::default() }
}

/// What the compiler gets for a guest that is meant to be too much for it.
const TIGHT: CompileLimits = CompileLimits { memory_bytes: 512 << 20, cpu_seconds: 2, wall_seconds: 20 };

#[test]
fn every_hostile_component_ends_in_its_fault_and_no_neighbour_notices() {
    check("components", &guest::components(), None);
}

#[test]
fn every_hostile_script_ends_in_its_fault_and_no_neighbour_notices() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/policies/rhai-runtime.wasm");
    let runtime = fs::read(&runtime)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` builds it", runtime.display()));
    let mut guests = guest::scripts();
    let latin_1 = b"fn decide(request) { approve(\"hostile\", \"Entr\xe9e.\") }".to_vec();
    guests.push(Guest::of_bytes("latin-1", "rhai", "prepare script-syntax", latin_1));
    check("scripts", &guests, Some(runtime));
}

#[test]
fn what_is_hardly_a_file_is_refused_by_name() {
    let engine = engine("bytes", CompileLimits::default(), None);
    let control = guest::control().payload;
    let with = |name: &str, expect: &str, payload: Vec<u8>| Guest::of_bytes(name, "wasm", expect, payload);
    let damaged = |name: &str, payload: Vec<u8>| with(name, "prepare not-a-component", payload);
    let noise = (0..4_096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let guests = [
        with("empty", "package", Vec::new()),
        with("larger than any policy", "package", vec![0; MAX_PAYLOAD_BYTES + 1]),
        damaged("noise", noise),
        damaged("half a preamble", control[..6].to_vec()),
        damaged("cut in half", control[..control.len() / 2].to_vec()),
        damaged("cut by a byte", control[..control.len() - 1].to_vec()),
        damaged("noise behind", [&control[..], b"\xff\xff\xff\xff"].concat()),
        damaged("unknown sections", [&control[..8], &[0x7f, 0].repeat(10_000)].concat()),
        with("components in components", "prepare wrong-world", nested_components(1_000)),
    ];
    compare(&guests, |guest| outcome(&engine, guest));
}

/// A component in a component, and so on.
fn nested_components(depth: usize) -> Vec<u8> {
    (0..depth).fold(Component::new().finish(), |inner, _| {
        let mut outer = Component::new();
        outer.section(&RawSection { id: ComponentSectionId::Component.into(), data: &inner });
        outer.finish()
    })
}

/// Runs every guest while a neighbour decides, and compares.
fn check(name: &str, guests: &[Guest], rhai_runtime: Option<Vec<u8>>) {
    let normal = engine(name, CompileLimits::default(), rhai_runtime);
    let tight = engine(&format!("{name}-tight"), TIGHT, None);
    let AnyPolicy::Approval(neighbour) = load(&normal, &guest::control()).unwrap() else {
        panic!("the control guest is for `approval`");
    };
    assert_eq!(outcome(&tight, &guest::control()).0, "approve", "the tight limits must suffice for a policy");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| decide_until(&done, &neighbour));
        // Else a failed comparison would leave the neighbour deciding for ever.
        let stop = StopOnDrop(&done);
        compare(guests, |guest| {
            let is_bomb = guest.expect() == "prepare compile-limit";
            outcome(if is_bomb { &tight } else { &normal }, guest)
        });
        drop(stop);
        let decisions = neighbour.join().unwrap();
        assert!(decisions > guests.len(), "the neighbour decided {decisions} times only");
    });
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Decides over and over. A fault, be it only of the deadline, fails the test.
fn decide_until(done: &AtomicBool, policy: &Policy<Approval>) -> usize {
    let request = request("approval");
    let mut decisions = 0;
    while !done.load(Ordering::Relaxed) {
        let run = policy.decide(&request, Arc::new(Everything));
        assert!(matches!(run.ended, Ended::Decided(_)), "the neighbour suffers: {:?}", run.ended);
        decisions += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    decisions
}

/// One table of everything that did not end as expected.
fn compare(guests: &[Guest], outcome: impl Fn(&Guest) -> (String, String)) {
    let differing: Vec<String> = guests
        .iter()
        .filter_map(|guest| {
            let (ended, text) = outcome(guest);
            let as_expected = ended == guest.expect() && guest.says().is_none_or(|part| text.contains(part));
            let expected = [Some(guest.expect()), guest.says()].into_iter().flatten().collect::<Vec<_>>().join(": ");
            (!as_expected).then(|| format!("{:32} expected {expected}\n{:32} got      {ended}: {text}", guest.name, ""))
        })
        .collect();
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), guests.len(), differing.join("\n"));
}

/// How a guest ends, as in its header, and what the error says.
fn outcome(engine: &Engine, guest: &Guest) -> (String, String) {
    match load(engine, guest) {
        Err((ended, text)) => (ended, text),
        Ok(AnyPolicy::Approval(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
        Ok(AnyPolicy::SeatAssignment(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
        Ok(AnyPolicy::SsoMatching(policy)) if guest.expect().starts_with("keys ") => {
            let request: usher_domain::policy::sso::Request = request(guest.point());
            ended("keys ", || policy.match_keys(&request.login.claims[0]), |_| "given")
        }
        Ok(AnyPolicy::SsoMatching(policy)) => {
            let request = request(guest.point());
            ended("", || policy.decide(&request, Arc::new(Everything)), |decision| decision.verdict.as_str())
        }
    }
}

/// Runs twice: what ends by anything but wall time ends the same way again, for the same fuel.
fn ended<D: PartialEq + Debug>(
    asked: &str,
    run: impl Fn() -> Run<D>,
    verdict: impl Fn(&D) -> &'static str,
) -> (String, String) {
    let (first, again) = (run(), run());
    if !matches!(&first.ended, Ended::Fault(Fault::Deadline { .. })) {
        assert_eq!((&first.ended, first.fuel, &first.log), (&again.ended, again.fuel, &again.log));
    }
    match &first.ended {
        Ended::Decided(decision) => (format!("{asked}{}", verdict(decision)), String::new()),
        Ended::Fault(fault) => (format!("{asked}fault {}", fault.code()), fault.to_string()),
        Ended::NeedsFact(fact) => (format!("{asked}needs fact"), format!("{fact:?}")),
    }
}

fn load(engine: &Engine, guest: &Guest) -> Result<AnyPolicy, (String, String)> {
    let manifest = serde_json::json!({
        "name": "hostile",
        "version": "1.0.0",
        "kind": guest.kind,
        "point": guest.point(),
        "contract": CONTRACT,
        "facts": guest.declares(),
    });
    let package = Package::new(manifest.to_string().as_bytes(), guest.payload.clone())
        .map_err(|error| ("package".to_owned(), error.to_string()))?;
    let activation = Activation {
        settings: guest.settings().to_owned(),
        grants: guest.grants().into_iter().map(|fact| fact.parse().unwrap()).collect::<BTreeSet<_>>(),
        limits: limits(),
    };
    engine.load(&package, activation).map_err(|error| (format!("prepare {}", error.code()), error.to_string()))
}

fn engine(name: &str, limits: CompileLimits, rhai_runtime: Option<Vec<u8>>) -> Engine {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
    // What an earlier run compiled is not what this one tests.
    let _ = fs::remove_dir_all(&cache);
    let compiler = Compiler {
        program: env!("CARGO_BIN_EXE_compile-worker").into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        limits,
    };
    Engine::new(EngineConfig { compiler, cache, seal_key: [7; 32], rhai_runtime, pool: PoolSize(4) }).unwrap()
}

fn request<R: DeserializeOwned>(point: &str) -> R {
    let path = guest::folder("requests").join(format!("{point}.json"));
    serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()
}

/// A host that knows every fact.
struct Everything;

impl FactSource for Everything {
    fn get(&self, fact: &Fact) -> Option<FactValue> {
        Some(match fact {
            Fact::Members => FactValue::Members(3),
            Fact::Limit => FactValue::Limit(Some(10)),
            Fact::DepartmentPath(_) => FactValue::DepartmentPath(None),
            Fact::DepartmentMembers(_) => FactValue::DepartmentMembers(None),
            Fact::InviterHistory(_) => FactValue::InviterHistory(None),
            Fact::DomainProof(domain) => {
                assert!(domain.len() < 254, "a name that no domain can have is not worth a look-up");
                FactValue::DomainProof(None)
            }
        })
    }
}
