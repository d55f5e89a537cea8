//! `cargo xtask bench`: runs every benchmark and shows the medians in one table, with the machine named.
//!
//! Owns reading what criterion wrote. Must not know what is measured: every benchmark of the workspace is run,
//! and those of `tests/peers`, a workspace of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::tools::{Program, cargo};
use crate::{Failure, imports, load, wasm};

/// What is measured: the command as it is shipped.
pub(crate) const USHER: &str = "target/dist/usher";

/// Runs the benchmarks; writes the table to `markdown` too, if asked to.
///
/// # Errors
/// A benchmark that can't be built or run.
pub fn run(root: &Path, markdown: Option<&Path>) -> Result<(), Failure> {
    cargo(root).args(["build", "--profile", "dist", "--locked", "--package", "usher-cli"]).checked()?;
    wasm::build_guests(root, &root.join(USHER), &|line| println!("{line}"))?;
    cargo(root).args(["bench", "--profile", "dist", "--workspace", "--locked", "--bench", "*"]).checked()?;
    let mut folders = vec![root.join("target/criterion")];
    let peers = root.join("tests/peers");
    if peers.exists() {
        let target = root.join("target/peers");
        cargo(&peers).env("CARGO_TARGET_DIR", &target).args(["bench", "--locked"]).checked()?;
        folders.push(target.join("tmp/criterion"));
    }
    let mut medians = BTreeMap::new();
    for folder in folders {
        collect(&folder, &mut medians)?;
    }
    let table = format!("{}\n{}{}", table(&machine()?, &medians), joins(root)?, imports(root, imports::ROWS)?);
    println!("\n{table}");
    if let Some(path) = markdown {
        fs::write(path, table).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// The load of joins, which is no criterion benchmark: what counts is many clients at once.
///
/// # Errors
/// If the host does not take it.
pub fn joins(root: &Path) -> Result<String, Failure> {
    let folder = root.join("target/load");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let load::Measured { rate, median, p99, longest, others, idle_bytes } = load::run(root, &folder)?;
    let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1e3;
    Ok(format!(
        "durable joins through HTTP, 64 clients: {rate:.0} a second, median {:.1} ms, p99 {:.1} ms, longest {:.1} ms; \
         other answers: {others:?}\nmemory of the idle host with the demo loaded: {:.0} MB\n",
        ms(median),
        ms(p99),
        ms(longest),
        idle_bytes as f64 / 1e6,
    ))
}

/// A batch import, which is no criterion benchmark either: what counts is the whole of it.
///
/// # Errors
/// If the host does not take it.
pub fn imports(root: &Path, rows: usize) -> Result<String, Failure> {
    let folder = root.join("target/load");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let imports::Measured { dry_run, applied, peak_bytes } = imports::run(root, &folder, rows)?;
    let rate = |duration: std::time::Duration| rows as f64 / duration.as_secs_f64();
    Ok(format!(
        "import of {rows} rows, each decided by policies: dry run {:.1} s ({:.0} rows a second), applied in {:.1} s ({:.0} \
         rows a second), peak memory {:.0} MB\n",
        dry_run.as_secs_f64(),
        rate(dry_run),
        applied.as_secs_f64(),
        rate(applied),
        peak_bytes as f64 / 1e6,
    ))
}

/// What one run of a benchmark takes, in nanoseconds, and how many elements it handles.
struct Median {
    nanoseconds: f64,
    elements: Option<u64>,
}

/// Reads all results below a folder of criterion's: a `new` folder holds the last ones.
fn collect(folder: &Path, medians: &mut BTreeMap<String, Median>) -> Result<(), Failure> {
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name == "new") {
                let about = json(&path.join("benchmark.json"))?;
                let estimates = json(&path.join("estimates.json"))?;
                let name = about["full_id"].as_str().unwrap_or_default().to_owned();
                let nanoseconds = estimates["median"]["point_estimate"].as_f64().unwrap_or_default();
                let elements = about["throughput"]["Elements"].as_u64();
                medians.insert(name, Median { nanoseconds, elements });
            } else if path.is_dir() {
                waiting.push(path);
            }
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn table(machine: &str, medians: &BTreeMap<String, Median>) -> String {
    let width = medians.keys().map(String::len).max().unwrap_or(0).max("benchmark".len());
    let mut table = format!("{machine}\n\n| {:<width$} | {:>10} | {:>14} |\n", "benchmark", "median", "a second");
    let _ = writeln!(table, "| {:-<width$} | {:->9}: | {:->13}: |", "", "", "");
    for (name, median) in medians {
        let rate = median
            .elements
            .map_or(String::new(), |elements| format!("{:.0}", elements as f64 * 1e9 / median.nanoseconds));
        let _ = writeln!(table, "| {name:<width$} | {:>10} | {rate:>14} |", duration(median.nanoseconds));
    }
    table
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// The processor, its cores, the kernel and the compiler.
fn machine() -> Result<String, Failure> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism()?;
    let kernel = Program::new("uname").args(["-sr"]).output()?;
    let compiler = Program::new("rustc").args(["--version"]).output()?;
    Ok(format!("{}, {cores} cores, {}, {}", model.trim_matches([' ', '\t', ':']), kernel.trim(), compiler.trim()))
}
