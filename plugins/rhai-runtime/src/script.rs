//! One script: parsed, given its settings, asked.
//!
//! INVARIANT: no function of the interpreter waits, reads a clock, a random number or a file: the packages
//! below hold none (the language core, left out, has `sleep`), and `new_raw` brings none.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage,
    BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, ParseError, Position, Scope};
use usher_policy::sso::Claim;
use usher_policy::{Failure, SettingsProblem};

use crate::{approval, facts, problems, seat, sso};

/// Calls of functions within functions. Reached before the stack's end, so that a script which recurses
/// is told so.
const MAX_CALL_LEVELS: usize = 24;
/// Nesting of expressions and statements; the same holds.
const MAX_NESTING: usize = 48;

/// What a script decides on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// May they join?
    Approval,
    /// Which seat?
    SeatAssignment,
    /// Whose login?
    SsoMatching,
}

impl Point {
    /// By its name in the contract.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "approval" => Some(Self::Approval),
            "seat-assignment" => Some(Self::SeatAssignment),
            "sso-matching" => Some(Self::SsoMatching),
            _ => None,
        }
    }

    /// Functions that a script must define, each with one parameter.
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Approval | Self::SeatAssignment => &["decide"],
            Self::SsoMatching => &["decide", "match_keys"],
        }
    }
}

/// Why a script cannot be loaded. Lines and columns count from 1; 0 is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// Line of the mistake.
    pub line: u32,
    /// Column of it, in characters.
    pub column: u32,
    /// What is wrong.
    pub text: String,
}

impl ScriptError {
    pub(crate) fn whole(text: impl Into<String>) -> Self {
        Self { line: 0, column: 0, text: text.into() }
    }

    fn at(position: Position, text: String) -> Self {
        let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        Self { line: number(position.line()), column: number(position.position()), text }
    }
}

impl From<ParseError> for ScriptError {
    fn from(error: ParseError) -> Self {
        Self::at(error.position(), error.err_type().to_string())
    }
}

/// A parsed script with its interpreter.
pub struct Script {
    engine: Engine,
    ast: AST,
    /// What `configure` made of the settings.
    this: Dynamic,
}

impl Script {
    /// Parses `text` for a decision point.
    ///
    /// # Errors
    /// It does not parse, lacks a function, or holds statements outside of functions.
    pub fn parse(text: &str, point: Point) -> Result<Self, ScriptError> {
        let engine = interpreter(point);
        let ast = engine.compile(text)?;
        for name in point.required() {
            if !defines(&ast, name) {
                return Err(ScriptError::whole(format!(
                    "the script must define the function `{name}` with one parameter"
                )));
            }
        }
        if let Some(statement) = ast.statements().first() {
            return Err(ScriptError::at(
                statement.position(),
                "only functions may stand here: what is to be worked out once belongs in `configure`".into(),
            ));
        }
        Ok(Self { engine, ast, this: Dynamic::UNIT })
    }

    /// Hands the settings over: to the script's `configure` if it has one.
    ///
    /// # Errors
    /// The document is no JSON, or what the script threw.
    pub fn configure(&mut self, settings: &str) -> Result<(), Vec<SettingsProblem>> {
        let settings: Dynamic =
            serde_json::from_str(settings).map_err(|error| vec![SettingsProblem::new("", error.to_string())])?;
        self.this = if defines(&self.ast, "configure") {
            self.call("configure", settings).map_err(|error| problems::of_settings(&error))?
        } else {
            settings
        };
        Ok(())
    }

    /// Asks for a decision.
    ///
    /// # Errors
    /// The script failed, or returned something else than a decision of its decision point.
    pub fn decide<R, D: Clone + 'static>(&mut self, request: &'static R) -> Result<D, Failure> {
        let answer = self.call("decide", Dynamic::from(request)).map_err(|error| problems::of_decision(&error))?;
        let name = self.engine.map_type_name(answer.type_name()).to_owned();
        answer
            .try_cast()
            .ok_or_else(|| Failure::new("script-error", format!("`decide` must return a decision, not `{name}`")))
    }

    /// Asks for the keys of a claim.
    ///
    /// # Errors
    /// The script failed, or returned something else than a list of strings.
    pub fn match_keys(&mut self, claim: &'static Claim) -> Result<Vec<String>, Failure> {
        let keys = self.call("match_keys", Dynamic::from(claim)).map_err(|error| problems::of_decision(&error))?;
        keys.into_typed_array::<String>().map_err(|found| {
            Failure::new("script-error", format!("`match_keys` must return a list of strings, not `{found}`"))
        })
    }

    fn call(&mut self, function: &str, argument: Dynamic) -> Result<Dynamic, Box<EvalAltResult>> {
        let options = CallFnOptions::new().eval_ast(false).bind_this_ptr(&mut self.this);
        let mut scope = Scope::new();
        self.engine.call_fn_with_options(options, &mut scope, &self.ast, function, (argument,))
    }
}

fn defines(ast: &AST, name: &str) -> bool {
    ast.iter_functions().any(|function| function.name == name && function.params.len() == 1)
}

rhai::def_package! {
    /// What scripts have of Rhai's own functions, in one module: every call is looked up in each.
    Library(_library):
        ArithmeticPackage, BasicStringPackage, BasicIteratorPackage, BasicFnPackage, LogicPackage, BasicMathPackage,
        BasicArrayPackage, BasicMapPackage, MoreStringPackage {}
}

fn interpreter(point: Point) -> Engine {
    let mut engine = Engine::new_raw();
    engine.register_global_module(Library::new().as_shared_module());
    engine.set_max_call_levels(MAX_CALL_LEVELS);
    engine.set_max_expr_depths(MAX_NESTING, MAX_NESTING);
    // Makes code of text behind every check made at activation.
    engine.disable_symbol("eval");
    facts::register(&mut engine);
    problems::register(&mut engine);
    match point {
        Point::Approval => approval::register(&mut engine),
        Point::SeatAssignment => seat::register(&mut engine),
        Point::SsoMatching => sso::register(&mut engine),
    }
    engine
}

thread_local! {
    /// Never dropped: it goes with the memory.
    static INSTALLED: RefCell<Option<ManuallyDrop<Script>>> = const { RefCell::new(None) };
}

/// Makes the script the one of this memory.
pub(crate) fn install(script: Script) {
    INSTALLED.set(Some(ManuallyDrop::new(script)));
}

/// Works with the script of this memory, if there is one.
pub(crate) fn installed<T>(work: impl FnOnce(&mut Script) -> T) -> Option<T> {
    INSTALLED.with_borrow_mut(|script| script.as_deref_mut().map(work))
}
