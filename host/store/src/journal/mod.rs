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
//! than those before them, if a whole frame or seal stands anywhere behind them, or if the index has applied
//! commits from there on. Otherwise they are the *torn tail* of a group that was never answered, and cut off.
//! What the rule can't tell: damage to the last frame when also its seal is gone, because the power failed
//! between the two or because the file was cut short at that frame, and the index has not got that far either.

pub(crate) mod frame;
pub(crate) mod group;
pub(crate) mod segment;
pub(crate) mod walk;

/// A store's identity: files of another store never mix in.
pub(crate) type StoreId = [u8; 16];

/// The hash of all payloads so far.
pub(crate) type Chain = [u8; 32];
