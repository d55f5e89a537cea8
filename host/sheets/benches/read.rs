//! What reading costs: sheets of 100,000 rows and 8 columns, from memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench is run, not called")]

use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use usher_sheets::{Bounds, Format, Reader, Separator, Table};

const ROWS: usize = 100_000;
const HEADER: [&str; 8] =
    ["Name", "Department", "Workforce type", "Email", "Phone", "Login method", "Start", "Password"];

fn sheet(format: Format) -> Vec<u8> {
    let mut table = Table::new(Vec::new(), format, "Members", &HEADER).unwrap();
    for row in 0..ROWS {
        let (name, department) = (format!("Person {row}"), format!("Company/Division {}/Team {}", row % 7, row % 91));
        let (email, phone) = (format!("person.{row}@corp.example"), format!("+4917{row:08}"));
        let password = format!("secret-{row:x}");
        table.add([&name, &department, "regular", &email, &phone, "business", "2026-03-31", &password]).unwrap();
    }
    table.finish().unwrap()
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read 100,000 rows");
    group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
    for (name, format) in [("xlsx", Format::Xlsx), ("csv", Format::Csv(Separator::Comma))] {
        let file = sheet(format);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reader = Reader::open(Cursor::new(&file), Bounds::default()).unwrap();
                assert_eq!(reader.map(Result::unwrap).count(), ROWS);
            });
        });
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
