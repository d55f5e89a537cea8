//! Every bit of a small journal and of a checkpoint turned over, one at a time: the damage is named, or what is
//! stored is exactly the same. Never less, never other.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use super::{block_on, open_sim, small, unit};
use crate::{
    JournalStore, Key, Options, Scan, Store, StoreError, checkpoint,
    disk::Disk,
    entry::Entry,
    journal::{
        Chain,
        frame::{self, Found, Segment, next_chain},
        segment::{self, Head},
        walk::{Until, walk},
    },
    set_hash::SetHash,
    sim_disk::SimDisk,
};

type Contents = BTreeMap<Key, Entry>;

fn journal_contents(disk: &SimDisk) -> Result<(u64, Contents), StoreError> {
    let mut contents = Contents::new();
    let walked = walk(disk, Until::End, &mut |group| {
        for (key, entry) in group.commits.into_iter().flatten() {
            match entry {
                Some(entry) => contents.insert(key, entry),
                None => contents.remove(&key),
            };
        }
        Ok(())
    })?;
    Ok((walked.map_or(0, |walked| walked.seq), contents))
}

fn journal(commits: u64) -> SimDisk {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let options = Options { segment_bytes: 1200, checkpoint_bytes: u64::MAX, ..small() };
    let store = JournalStore::open_on(Box::new(disk.clone()), index.path(), options).unwrap();
    block_on(async {
        for id in 0..commits {
            store.commit(unit(id)).await.unwrap();
        }
    });
    drop(store);
    disk.copy()
}

/// Turns over each bit of each file and has `check` look at the disk; counts the bits.
fn sweep(disk: &SimDisk, check: &mut dyn FnMut(&str, usize)) -> usize {
    let mut swept = 0;
    for name in disk.list().unwrap() {
        let mut bits = 0;
        disk.edit(&name, |bytes| bits = bytes.len() * 8);
        for bit in 0..bits {
            let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
            disk.edit(&name, flip);
            check(&name, bit);
            disk.edit(&name, flip);
        }
        swept += bits;
    }
    swept
}

#[test]
fn no_flipped_bit_in_a_journal_goes_unseen() {
    let disk = journal(5);
    assert!(disk.list().unwrap().len() > 1, "more than one segment");
    let whole = journal_contents(&disk).unwrap();
    let mut named = 0;
    let swept = sweep(&disk, &mut |name, bit| match journal_contents(&disk) {
        Ok(contents) => assert_eq!(contents, whole, "{name}, bit {bit}: silently other"),
        Err(StoreError::Damaged(damage)) => {
            named += 1;
            // A segment that does not follow is named by the one behind it as well.
            assert!(damage.offset <= bit as u64 / 8 || damage.file != name, "{name}, bit {bit}: {damage}");
        }
        Err(StoreError::Format { .. }) => panic!("{name}, bit {bit}: a checksum comes first"),
        Err(other) => panic!("{name}, bit {bit}: {other}"),
    });
    println!("{named} of {swept} bits named, the rest are in seals");
    assert!(named * 100 > swept * 80);
}

/// Records rewritten with their checksums right: chain and numbers still tell.
#[test]
fn an_edited_record_does_not_follow_from_those_before_it() {
    let place = Segment { store: small().store_id, first: 1 };
    let start = segment::HEADER;
    let check = |edit: &dyn Fn(Chain, Vec<u8>) -> Vec<u8>, message: &str| {
        let disk = journal(1);
        disk.edit(&segment::file_name(1), |bytes| {
            let Found::Frame { chain, payload } = place.read(bytes, start) else { panic!("no frame") };
            let edited = edit(chain, payload.to_vec());
            bytes.splice(start..bytes.len().min(start + edited.len()), edited);
        });
        let error = journal_contents(&disk).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    let frame = |chain, payload: &[u8]| place.frame(start as u64, &chain, payload);
    let edited = |chain, mut payload: Vec<u8>| {
        *payload.last_mut().unwrap() ^= 1;
        frame(chain, &payload)
    };
    check(&edited, "the record does not follow from those before it");
    let renumbered = |_, mut payload: Vec<u8>| {
        payload[7] += 1;
        frame(next_chain(&[0; 32], &payload), &payload)
    };
    check(&renumbered, "the record holds no commits that follow");
    let longer = |_, payload: Vec<u8>| {
        let payload = [payload.as_slice(), &[0]].concat();
        frame(next_chain(&[0; 32], &payload), &payload)
    };
    check(&longer, "the record holds no commits that follow");
    let sealed = |chain, payload: Vec<u8>| {
        let seal = place.seal((start + frame::HEADER + payload.len()) as u64, &[9; 32]);
        [frame(chain, &payload), seal].concat()
    };
    check(&sealed, "the seal is of other records than those before it");
}

/// The second segment's head rewritten with its checksum right, or the last record before it damaged.
#[test]
fn a_segment_that_does_not_follow_is_named() {
    let check = |file: usize, edit: &dyn Fn(&str, &mut Vec<u8>), message: &str| {
        let disk = journal(5);
        let names = disk.list().unwrap();
        disk.edit(&names[file], |bytes| edit(&names[file], bytes));
        let Err(StoreError::Damaged(damage)) = journal_contents(&disk) else { panic!("not named: {message}") };
        assert!(damage.file == names[file] && damage.what.contains(message), "{damage}");
    };
    let head = |change: &dyn Fn(&mut Head), message: &str| {
        let edit = |name: &str, bytes: &mut Vec<u8>| {
            let mut head = Head::decode(name, bytes).unwrap();
            change(&mut head);
            bytes[..segment::HEADER].copy_from_slice(&head.encode());
        };
        check(1, &edit, message);
    };
    head(&|head| head.store = [9; 16], "belongs to another store");
    head(&|head| head.first += 1, "has another's name");
    head(&|head| head.chain = [9; 32], "goes on from other commits");
    head(&|head| head.set_hash = SetHash::default(), "goes on from other commits");
    let last_record = |_: &str, bytes: &mut Vec<u8>| {
        let payload = bytes.len() - frame::HEADER - 1;
        bytes[payload] ^= 1;
    };
    check(0, &last_record, "the record's checksum does not match");
}

#[test]
fn no_flipped_bit_in_a_checkpoint_goes_unseen() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open_sim(&disk, index.path()).unwrap();
    let seq = block_on(async {
        for id in 0..3 {
            store.commit(unit(id)).await.unwrap();
        }
        store.checkpoint().await.unwrap()
    });
    drop(store);
    let name = checkpoint::file_name(seq);
    let mut bits = 0;
    disk.edit(&name, |bytes| bits = bytes.len() * 8);
    for bit in 0..bits {
        let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
        disk.edit(&name, flip);
        let found = checkpoint::read(&disk, seq, &mut |_| Ok(()));
        assert!(matches!(found, Err(StoreError::Damaged(_))), "bit {bit}: {found:?}");
        disk.edit(&name, flip);
    }
    checkpoint::read(&disk, seq, &mut |_| Ok(())).unwrap();
    let mut size = 0;
    disk.edit(&name, |bytes| size = bytes.len());
    for wrong in [size + 1, size - 2] {
        disk.edit(&name, |bytes| bytes.resize(wrong, 0));
        let found = checkpoint::read(&disk, seq, &mut |_| Ok(()));
        assert!(matches!(found, Err(StoreError::Damaged(_))), "{found:?}");
    }
}

/// The same through the whole store, for one bit in each hundred or so, without an index to help.
#[test]
fn a_store_opened_over_a_flipped_bit_is_whole_or_refuses() {
    let disk = journal(5);
    let rows = |disk: &SimDisk| {
        let index = tempfile::tempdir().unwrap();
        open_sim(disk, index.path()).map(|store| block_on(store.scan(Scan::prefix(Key::host(1, &()), 100))).unwrap())
    };
    let whole = rows(&disk).unwrap();
    sweep(&disk.copy(), &mut |name, bit| {
        if bit % 397 == 0 {
            let flipped = disk.copy();
            flipped.edit(name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            if let Ok(found) = rows(&flipped) {
                assert_eq!(found, whole, "{name}, bit {bit}");
            }
        }
    });
}

/// Bits of sled's own files: the store comes up whole all the same.
#[test]
fn an_index_with_flipped_bits_is_made_again() {
    let (disk, index) = (SimDisk::new(), tempfile::tempdir().unwrap());
    let store = open_sim(&disk, index.path()).unwrap();
    block_on(async {
        for id in 0..20 {
            store.commit(unit(id)).await.unwrap();
        }
    });
    drop(store);
    let file = index.path().join("db");
    let whole = std::fs::read(&file).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for seed in 0..12 {
        let mut chance = crate::sim_disk::Chance(seed);
        let mut damaged = whole.clone();
        for _ in 0..4 {
            damaged[chance.below(used as u64) as usize] ^= 1 << chance.below(8);
        }
        std::fs::write(&file, damaged).unwrap();
        let opened = std::panic::catch_unwind(AssertUnwindSafe(|| open_sim(&disk.copy(), index.path())));
        let store = opened.expect("no panic gets out").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(block_on(super::whole_units(&store)), (0..20).collect::<Vec<_>>(), "seed {seed}");
    }
}
