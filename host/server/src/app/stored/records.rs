//! How a record is declared, with its kind, its version and what it is found by; and how a look-up of the whole host.

/// Makes records of types; what lifts a map of an older version is named behind it.
///
/// A type can be declared with its record: `Name(Type)` is a domain type's shape, `Name { fields }` one of its own.
/// A name alone is a type that is declared elsewhere.
macro_rules! records {
    ($(
        $(#[$attribute:meta])* $name:ident $(($inner:ty))? $({ $($fields:tt)* })? = $kind:expr,
        version $version:literal, by $id:ty $(, lifted by $lift:path)?
    );+ $(;)?) => {
        $(
            $crate::app::stored::records!(@shape [$(#[$attribute])*] $name $(($inner))? $({ $($fields)* })?);

            impl usher_store::Record for $name {
                const KIND: u8 = $kind;
                const VERSION: u16 = $version;
                type Id = $id;

                $(fn upcast(from: u16, map: usher_store::Cbor) -> Option<usher_store::Cbor> {
                    $lift(from, map)
                })?
            }
        )+
    };
    (@shape [] $name:ident) => {};
    (@shape [$(#[$attribute:meta])*] $name:ident ($inner:ty)) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    };
    (@shape [$(#[$attribute:meta])*] $name:ident { $($fields:tt)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($fields)* }
    };
}

/// Declares look-ups, each with what it leads to.
macro_rules! lookups {
    ($($(#[$attribute:meta])* $name:ident = $kind:expr, to $id:ty);+ $(;)?) => {
        $(
            $(#[$attribute])*
            pub struct $name;

            impl usher_store::Lookup for $name {
                const KIND: u8 = $kind;
                type Id = $id;
            }
        )+
    };
}

pub(crate) use {lookups, records};
