//! The declarations.

/// Declares a struct of options: see the [module](super).
///
/// A row is `visibility field: Type = "name", reader` with, behind further commas, `when [rules]` and `{ meta }`. The
/// struct is `Debug` and `Clone`, and what else `derive` says.
macro_rules! options {
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derive:path),+)])?
        $vis:vis struct $shape:ident = $name:literal {
            $(
                $(#[doc = $doc:literal])*
                $field_vis:vis $field:ident: $type:ty = $option:literal, $reader:expr
                    $(, when [$($rule:expr),+ $(,)?])?
                    $(, { $($meta:ident: $said:expr),+ $(,)? })?;
            )+
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone $($(, $derive)+)?)]
        $vis struct $shape {
            $( $(#[doc = $doc])* $field_vis $field: $type, )+
        }

        impl $crate::options::Shape for $shape {
            const NAMES: &'static [&'static str] = &[$($option),+];

            fn read(
                value: &$crate::options::Value,
                at: $crate::options::At<'_>,
            ) -> $crate::error::Result<Self> {
                let mut members = $crate::options::Members::of(value, Self::NAMES, at)?;
                let shape = Self { $( $field: members.read($option, $reader, at)?, )+ };
                $( $( members.check($option, &[$($rule),+], at)?; )? )+
                Ok(shape)
            }

            fn table() -> $crate::options::Table {
                let rows = vec![$(
                    $crate::options::Row {
                        name: $option,
                        about: concat!($($doc, "\n"),*),
                        is: $crate::options::read::described::<$type, _>(&$reader),
                        rules: const { &[$($($rule),+)?] },
                        meta: $crate::options::Meta {
                            $( $( $meta: $said, )+ )?
                            ..$crate::options::Meta::NONE
                        },
                    },
                )+];
                $crate::options::Table { name: $name, about: concat!($($about, "\n"),*), rows }
            }
        }
    };
}

/// Declares an enum whose values are words: `Variant = "word"`.
macro_rules! words {
    (
        $(#[doc = $about:literal])*
        $vis:vis enum $type:ident = $name:literal {
            $( $(#[doc = $doc:literal])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $type {
            $( $(#[doc = $doc])* $variant, )+
        }

        impl $type {
            /// The word.
            $vis const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl $crate::options::Word for $type {
            const NAME: &'static str = $name;
            const ABOUT: &'static str = concat!($($about, "\n"),*);
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                self.as_str()
            }

            fn about(self) -> &'static str {
                match self { $( Self::$variant => concat!($($doc, "\n"),*), )+ }
            }
        }
    };
}

pub(crate) use {options, words};
