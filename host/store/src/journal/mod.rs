//! The journal: what was committed, in order, in files that only grow. It is the truth; all else is made from it.
//!
//! ```text
//! segment  = header frame* seal?          named by the first commit it may hold
//! header   = "USHERJNL" format store first-seq chain set-hash crc32
//! frame    = "UFRM" length crc32 chain payload        one group of commits
//! seal     = "USEL" 0      crc32 chain                says that all before it is safe
//! ```
//! `chain` of a frame is SHA-256 of the chain before it and the payload. A checksum also covers store, segment
//! and offset, so that a frame counts only where it was written.
//!
//! INVARIANT: a frame is written only after the frame before it was synced. A seal is written behind a synced
//! frame before its commits are answered, itself unsynced, and the next frame is written over it.
//!
//! **Torn or damaged?** So after a crash the only bytes that may be bad are those of the last frame, with
//! nothing whole behind them. Bad bytes are *damage*, and named, if a later segment goes on from other commits
//! than those before them, if a whole frame or seal stands anywhere behind them, or if index or checkpoint hold
//! commits from there on. Otherwise they are the *torn tail* of a group that was never answered, and cut off. A
//! last frame that is whole counts, sealed or not, and is made safe before it is shown.
//!
//! **What that guarantees.** On a disk that keeps what it synced, nothing that was answered is cut, because a
//! frame is whole on disk before its commits are answered. On a disk that doesn't, damage is named once anything
//! that came later is on disk: the frame's seal, another frame or segment, a checkpoint, the index. Opening and
//! closing sync the seal; in between, the system writes it in its own time (on Linux, half a minute). So an
//! answered commit can be taken for a torn tail only if two faults meet: the power fails within that time of the
//! very last commit, and the disk then damages that one frame, or loses the file's end from there on. To tell
//! that too, every answer would have to wait for a second sync: a sync can't leave behind that it was done.

pub(crate) mod frame;
pub(crate) mod group;
pub(crate) mod segment;
pub(crate) mod walk;

/// A store's identity: files of another store never mix in.
pub(crate) type StoreId = [u8; 16];

/// The hash of all payloads so far.
pub(crate) type Chain = [u8; 32];
