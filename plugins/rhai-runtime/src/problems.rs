//! What goes wrong in a script, in the words of the contract; and the functions by which a script says that
//! something is wrong.

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Map};
use usher_policy::{Failure, SettingsProblem};

/// Bytes of text that the contract takes.
const MAX_TEXT: usize = 1_024;

/// `problem(pointer, text)` and `fail(code, text)` make what a script throws; `allow_fields(map, names)`
/// throws the problem of a field that nobody reads.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<SettingsProblem>("SettingsProblem")
        .register_type_with_name::<Failure>("Failure")
        .register_fn("problem", |pointer: &str, text: &str| SettingsProblem::new(pointer, text))
        .register_fn("fail", |code: &str, text: &str| Failure::new(code, text))
        .register_fn("allow_fields", allow_fields);
}

fn allow_fields(settings: &mut Map, allowed: rhai::Array) -> Result<(), Box<EvalAltResult>> {
    let allowed: Vec<ImmutableString> =
        allowed.into_iter().filter_map(|name| name.into_immutable_string().ok()).collect();
    match settings.keys().find(|name| !allowed.iter().any(|known| known == name.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let pointer = format!("/{}", unknown.replace('~', "~0").replace('/', "~1"));
            let problem = SettingsProblem::new(pointer, "is not a setting of this policy");
            Err(thrown(Dynamic::from(problem)))
        }
    }
}

fn thrown(value: Dynamic) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(value, rhai::Position::NONE))
}

/// What a failed `configure` says: the problem or list of problems that it threw, else its error.
pub(crate) fn of_settings(error: &EvalAltResult) -> Vec<SettingsProblem> {
    if let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner() {
        if let Some(problem) = value.clone().try_cast::<SettingsProblem>() {
            return vec![problem];
        }
        if let Ok(problems) = value.clone().into_typed_array::<SettingsProblem>()
            && !problems.is_empty()
        {
            return problems;
        }
    }
    vec![SettingsProblem::new("", describe(error))]
}

/// What a failed `decide` or `match_keys` says: the failure that it threw, else its error.
pub(crate) fn of_decision(error: &EvalAltResult) -> Failure {
    if let EvalAltResult::ErrorRuntime(value, _) = error.unwrap_inner()
        && let Some(failure) = value.clone().try_cast::<Failure>()
    {
        return failure;
    }
    Failure::new("script-error", describe(error))
}

fn describe(error: &EvalAltResult) -> String {
    let mut text = error.to_string();
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
    }
    text
}
