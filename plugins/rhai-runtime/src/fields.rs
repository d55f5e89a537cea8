//! Lends the contract's records to scripts: a record is a type with a getter for each field, so a field costs
//! something only if a script reads it.
//!
//! INVARIANT: a request is never freed, so its parts are `'static` references, which cost nothing to hand
//! around. The memory goes with the decision.

use rhai::{Array, Dynamic, ImmutableString, Map};
use usher_policy::Pair;

/// Registers a record's type and getters: `fields!(engine, Type as "Name" { field: kind, … })`, where the
/// kind is one of the functions below.
macro_rules! fields {
    ($engine:ident, $type:ty as $name:literal { $($field:ident: $kind:ident),* $(,)? }) => {
        $engine
            .register_type_with_name::<&'static $type>($name)
            // Rhai would find these by trying every signature with `Dynamic` in it, at several times the cost.
            .register_fn("==", |_: &'static $type, (): ()| false)
            .register_fn("!=", |_: &'static $type, (): ()| true);
        $(
            $engine.register_get(stringify!($field), |record: &mut &'static $type| {
                let record: &'static $type = record;
                $crate::fields::$kind(&record.$field)
            });
        )*
    };
}
pub(crate) use fields;

pub(crate) fn text(value: &str) -> ImmutableString {
    value.into()
}

pub(crate) fn optional_text(value: &Option<String>) -> Dynamic {
    value.as_deref().map_or(Dynamic::UNIT, |text| Dynamic::from(ImmutableString::from(text)))
}

pub(crate) fn texts(values: &[String]) -> Array {
    values.iter().map(|value| Dynamic::from(text(value))).collect()
}

pub(crate) fn pairs(values: &[Pair]) -> Map {
    values.iter().map(|pair| (pair.name.as_str().into(), Dynamic::from(text(&pair.value)))).collect()
}

pub(crate) fn number(value: &u32) -> i64 {
    i64::from(*value)
}

pub(crate) fn optional_number(value: &Option<u32>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |number| Dynamic::from(i64::from(number)))
}

pub(crate) fn instant(value: &i64) -> i64 {
    *value
}

pub(crate) fn optional_instant(value: &Option<i64>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Dynamic::from)
}

pub(crate) fn flag(value: &bool) -> bool {
    *value
}

pub(crate) fn record<T>(value: &'static T) -> &'static T {
    value
}

pub(crate) fn optional_record<T: 'static>(value: &'static Option<T>) -> Dynamic {
    value.as_ref().map_or(Dynamic::UNIT, Dynamic::from)
}

pub(crate) fn records<T: 'static>(values: &'static [T]) -> Array {
    values.iter().map(Dynamic::from).collect()
}

/// Registers what requests of every decision point have in common.
pub(crate) fn register(engine: &mut rhai::Engine) {
    use usher_policy::{Address, Organisation};
    fields!(engine, Organisation as "Organisation" {
        id: text, region: text, language: text, paid_plans: number,
    });
    fields!(engine, Address as "Address" {
        raw: text, canonical: text, domain: text, evidence: texts,
    });
    engine
        .register_get("local_part", |address: &mut &'static Address| text(address.local_part()))
        .register_fn("has", |address: &'static Address, evidence: &str| address.has(evidence));
}

/// Registers the methods that decisions of every decision point have: `param(name, value)` with a text or a
/// whole number,
/// `because(code, text)`, `oblige(kind)` and `oblige(kind, parameter, value)`.
macro_rules! explained {
    ($engine:ident, $decision:ty) => {
        $engine
            .register_type_with_name::<$decision>("Decision")
            .register_fn("param", |decision: $decision, name: &str, value: &str| decision.param(name, value))
            .register_fn("param", |decision: $decision, name: &str, value: i64| decision.param(name, value.to_string()))
            .register_fn("because", |decision: $decision, code: &str, text: &str| decision.because(code, text))
            .register_fn("oblige", |decision: $decision, kind: &str| {
                decision.oblige(usher_policy::Obligation { kind: kind.into(), params: Vec::new() })
            })
            .register_fn("oblige", |decision: $decision, kind: &str, name: &str, value: &str| {
                let params = vec![usher_policy::Pair::new(name, value)];
                decision.oblige(usher_policy::Obligation { kind: kind.into(), params })
            })
    };
}
pub(crate) use explained;
