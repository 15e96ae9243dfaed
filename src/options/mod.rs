//! An option is declared once.
//!
//! `options!` declares a struct of settings. Of each option it states the name that callers use, what reads its value
//! (see [`read`]), when it does something ([`Rule`]), its documentation, and how the command line and a page show it
//! ([`Meta`]). From that one place come
//!
//! - [`Shape::read`], which makes checked values of what a caller gave: a name that isn't known is refused ("did you mean
//!   …"), a value of the wrong type is named by its option, ranges and choices are checked, and so is an option that
//!   would do nothing,
//! - [`Shape::table`], from which the project's generators make TypeScript types, the JSON Schema, the flags of the
//!   command line with their help, and what a page draws its controls from.
//!
//! ```ignore
//! options! {
//!     /// How a cake is baked.
//!     pub struct Cake = "CakeOptions" {
//!         /// How long it stays in the oven, in minutes; 45 by default.
//!         pub minutes: u32 = "minutes", whole(1, 600).or(Given::Number(45.0)),
//!             { flag: "minutes N", help: "time in the oven (default: 45)" };
//!         /// What is on top.
//!         pub topping: Option<Topping> = "topping", word().optional(), { flag: "topping NAME" };
//!         /// How much sugar is in the icing, in grams.
//!         pub sugar: Option<f64> = "sugar", number(0.0, 500.0).optional(),
//!             when [With(&[("topping", &["icing"])])];
//!     }
//! }
//! ```
//!
//! The bindings use [`Shape::read`] alone: tables, documentation and help don't reach the wasm.

mod at;
mod declare;
mod members;
mod near;
pub mod read;
mod rules;
mod table;
mod value;
mod words;

pub use at::At;
pub(crate) use declare::{options, words};
pub use members::{Members, Shape};
pub use near::near;
pub use rules::{Beside, Rule};
pub use table::{Audience, Described, Given, Kind, Meta, Row, Table};
pub use value::Value;
pub use words::{Word, WordInfo};
