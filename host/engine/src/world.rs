//! Does a component fit its world? If not, says which import or export is the trouble.
//!
//! Must not run anything of the component.

use std::collections::BTreeSet;

use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::fault::shown;
use crate::manifest::CONTRACT;
use crate::prepare::PrepareError;

const PACKAGE: &str = "usher:policy/";

/// Checks imports against what the manifest declares, and exports against the point's interface.
///
/// # Errors
/// [`PrepareError::ImportNotAllowed`] or [`PrepareError::WrongWorld`].
pub(crate) fn check(
    engine: &Engine,
    component: &Component,
    point: DecisionPoint,
    declared: &BTreeSet<FactFamily>,
) -> Result<(), PrepareError> {
    let shape = component.component_type();
    for (name, _) in shape.imports(engine) {
        check_import(name, declared)?;
    }
    let interface = interface(point);
    let exports: Vec<String> = shape.exports(engine).map(|(name, _)| name.to_owned()).collect();
    let Some((_, export)) = shape.exports(engine).find(|(name, _)| *name == interface) else {
        let found = if exports.is_empty() { "nothing".to_owned() } else { shown(&exports.join(", ")) };
        return Err(PrepareError::WrongWorld { export: interface, text: format!("is missing; exported is: {found}") });
    };
    let ComponentItem::ComponentInstance(instance) = export.ty else {
        return Err(PrepareError::WrongWorld { export: interface, text: "is not an interface".into() });
    };
    for function in functions(point) {
        let export = format!("{interface}#{function}");
        match instance.get_export(engine, function).map(|item| item.ty) {
            Some(ComponentItem::ComponentFunc(_)) => {}
            Some(_) => return Err(PrepareError::WrongWorld { export, text: "is not a function".into() }),
            None => return Err(PrepareError::WrongWorld { export, text: "is missing".into() }),
        }
    }
    Ok(())
}

fn interface(point: DecisionPoint) -> String {
    format!("{PACKAGE}{point}@{CONTRACT}")
}

fn functions(point: DecisionPoint) -> &'static [&'static str] {
    match point {
        DecisionPoint::Approval | DecisionPoint::SeatAssignment => &["configure", "decide"],
        DecisionPoint::SsoMatching => &["configure", "match-keys", "decide"],
    }
}

fn check_import(name: &str, declared: &BTreeSet<FactFamily>) -> Result<(), PrepareError> {
    let refused = |text: &str| Err(PrepareError::ImportNotAllowed { import: clip(name), text: text.into() });
    let Some((interface, version)) = name.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@')) else {
        return refused("only interfaces of `usher:policy` are there: no WASI, no clock, no randomness, no network");
    };
    if version != CONTRACT {
        return refused("is of another release of the contract: rebuild the policy for this host's");
    }
    match interface {
        "types" | "log" => Ok(()),
        // A world's own interface is imported by name when only its types are used.
        point if DecisionPoint::ALL.iter().any(|known| known.as_str() == point) => Ok(()),
        fact => match fact.parse::<FactFamily>() {
            Ok(family) if declared.contains(&family) => Ok(()),
            Ok(_) => refused("is not among the manifest's `facts`: declare it there"),
            Err(_) => refused("is not part of the contract"),
        },
    }
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}
