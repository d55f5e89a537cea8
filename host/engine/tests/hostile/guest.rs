//! Reads the hostile programs of `tests/guests` (its README explains the directives) and makes policy
//! payloads of them. Knows nothing of the engine: what a guest ends in is only read here, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// Magic number and version at the start of a component.
const PREAMBLE_BYTES: usize = 8;

/// Directives a guest may have in its header.
const DIRECTIVES: [&str; 9] = ["expect", "says", "point", "declares", "grants", "settings", "world", "as", "strings"];

/// A hostile program, ready to be handed to the engine.
pub struct Guest {
    /// File name without its ending.
    pub name: String,
    /// `wasm` or `rhai`, as in a manifest.
    pub kind: &'static str,
    /// A component, a script, or what pretends to be one.
    pub payload: Vec<u8>,
    header: BTreeMap<String, String>,
}

impl Guest {
    /// What the guest must end in.
    pub fn expect(&self) -> &str {
        self.directive("expect").unwrap_or_else(|| panic!("{}: no `expect`", self.name))
    }

    /// Text that the error must contain.
    pub fn says(&self) -> Option<&str> {
        self.directive("says")
    }

    /// Decision point of its manifest.
    pub fn point(&self) -> &str {
        self.directive("point").unwrap_or("approval")
    }

    /// JSON settings.
    pub fn settings(&self) -> &str {
        self.directive("settings").unwrap_or("{}")
    }

    /// Facts of its manifest: what it declares, and what it is granted too.
    pub fn declares(&self) -> Vec<&str> {
        let declared = self.directive("declares").unwrap_or_default();
        declared.split_whitespace().chain(self.grants()).collect()
    }

    /// Facts that the organisation grants.
    pub fn grants(&self) -> Vec<&str> {
        let granted = self.directive("grants").unwrap_or_default();
        granted.split_whitespace().collect()
    }

    /// One that no file of text can be.
    pub fn of_bytes(name: &str, kind: &'static str, expect: &str, payload: Vec<u8>) -> Self {
        let header = BTreeMap::from([("expect".to_owned(), expect.to_owned())]);
        Self { name: name.to_owned(), kind, payload, header }
    }

    fn component(path: &Path, contract: &Contract) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let header = header(path, &text, ";; ");
        let payload = component(path, &text, &header, contract);
        Self { name: name(path), kind: "wasm", payload, header }
    }

    fn script(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let header = header(path, &text, "// ");
        Self { name: name(path), kind: "rhai", payload: repeated(&text, "// ").into_bytes(), header }
    }

    fn directive(&self, name: &str) -> Option<&str> {
        self.header.get(name).map(String::as_str)
    }
}

/// The guests of `tests/guests/wasm`, in order of name.
pub fn components() -> Vec<Guest> {
    let contract = Contract::read();
    files("wasm", "wat").iter().map(|path| Guest::component(path, &contract)).collect()
}

/// The guests of `tests/guests/rhai`, in order of name.
pub fn scripts() -> Vec<Guest> {
    files("rhai", "rhai").iter().map(|path| Guest::script(path)).collect()
}

/// The component that harms nobody.
pub fn control() -> Guest {
    Guest::component(&folder("wasm").join("control.wat"), &Contract::read())
}

/// The contract with policies, out of `wit/v1`.
struct Contract {
    resolve: Resolve,
    package: PackageId,
    version: String,
}

impl Contract {
    fn read() -> Self {
        let mut resolve = Resolve::default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/v1");
        let (package, _) = resolve.push_dir(folder).unwrap();
        let version = resolve.packages[package].name.version.clone().unwrap();
        Self { resolve, package, version: version.to_string() }
    }
}

/// A folder of `tests/guests`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests").join(name)
}

fn files(kind: &str, ending: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in &paths {
        assert_eq!(path.extension().unwrap(), ending, "{} is no guest", path.display());
    }
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Leading comment lines of the form `word: value`. The first line without a directive ends the header.
fn header(path: &Path, text: &str, comment: &str) -> BTreeMap<String, String> {
    text.lines()
        .map_while(|line| line.strip_prefix(comment)?.split_once(": "))
        .take_while(|(word, _)| !word.contains(' '))
        .map(|(word, value)| {
            assert!(DIRECTIVES.contains(&word), "{}: `{word}`?", path.display());
            (word.to_owned(), value.to_owned())
        })
        .collect()
}

/// Replaces each line `repeat N: TEXT` by N lines of TEXT, `{n}` in it by 0, 1, 2, …
fn repeated(text: &str, comment: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let directive = line.trim_start().strip_prefix(comment);
        match directive.and_then(|line| line.strip_prefix("repeat ")?.split_once(": ")) {
            Some((times, text)) => {
                for n in 0..times.parse::<u32>().unwrap() {
                    out.push_str(&text.replace("{n}", &n.to_string()));
                    out.push('\n');
                }
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// Replaces each line `include: A B` by the files of these names.
fn included(text: &str) -> String {
    text.lines()
        .flat_map(|line| match line.trim_start().strip_prefix(";; include: ") {
            Some(names) => names
                .split_whitespace()
                .map(|name| fs::read_to_string(folder("include").join(name).with_extension("wat")).unwrap())
                .collect(),
            None => vec![format!("{line}\n")],
        })
        .collect()
}

/// A component as it is; or a module made a component of its world, with the sections of the component
/// that may follow it put behind.
fn component(path: &Path, text: &str, header: &BTreeMap<String, String>, contract: &Contract) -> Vec<u8> {
    let text = repeated(&included(text), ";; ").replace("@v1", &format!("@{}", contract.version));
    let parse = |text: &str| wat::parse_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let is_module = text.lines().any(|line| line == "(module");
    if header.contains_key("as") || !is_module {
        return parse(&text);
    }
    let (module, behind) = text
        .split_once("\n(component\n")
        .map_or((text.as_str(), None), |(module, rest)| (module, Some(parse(&format!("(component\n{rest}")))));
    let point = header.get("point").map_or("approval", String::as_str);
    let world =
        header.get("world").map_or_else(|| format!("{}-policy", point.split('-').next().unwrap()), String::clone);
    let world = contract.resolve.select_world(&[contract.package], Some(&world)).unwrap();
    let mut module = parse(module);
    let strings = header.get("strings").map_or(StringEncoding::UTF8, |name| name.parse().unwrap());
    embed_component_metadata(&mut module, &contract.resolve, world, strings).unwrap();
    let mut component = ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(false).encode())
        .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
    component.extend(behind.iter().flat_map(|bytes| &bytes[PREAMBLE_BYTES..]));
    component
}
