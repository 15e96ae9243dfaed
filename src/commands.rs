//! The commands of the command line, each with the options that its flags set.
//!
//! Most of a command's options are those that the package is called with, and are declared where they are read. Here
//! stand those that only the command line knows: the program itself reads them. Nothing of this reaches the wasm; the
//! generators make of it what the command line parses by, and its help.

use crate::keys::KeyPair;
use crate::options::read::{Host, flag, host, list};
use crate::options::{Shape, Table, options};
use crate::packager::{self, pair};
use crate::verify;

/// A command.
#[derive(Debug)]
pub struct Command {
    /// The word that calls it.
    pub name: &'static str,
    /// What stands behind the word.
    pub arguments: &'static str,
    /// What it does; lines of the help.
    pub about: &'static str,
    /// What the package is called with, as far as flags set it.
    pub options: Vec<Table>,
    /// What the program reads itself.
    pub own: Vec<Table>,
}

/// All commands.
pub fn commands() -> Vec<Command> {
    vec![
        Command {
            name: "package",
            arguments: "INPUT... -o DIR",
            about: "Packages media for DASH, CMAF and HLS with Common Encryption. Several INPUTs are\n\
                    renditions of one title and become one presentation; media segments go with the init segment\n\
                    before them. Subtitles as WebVTT, SRT and TTML say by their names what they are, as in\n\
                    film.pt-BR.forced.srt or film.en.sdh.vtt.",
            options: vec![packager::Options::table()],
            own: vec![PackageFlags::table(), EveryCommand::table()],
        },
        Command {
            name: "verify",
            arguments: "DIR|MANIFEST",
            about: "Reads every file that the manifests name, checks manifests against segments and boxes against\n\
                    each other, decrypts every sample, and compares it with the source where that is given. The\n\
                    exit status is 1 if there is a fault. Output of other packagers is checked as well.",
            options: vec![verify::Options::table()],
            own: vec![EveryCommand::table()],
        },
        Command {
            name: "check",
            arguments: "DIR|PLAYLIST",
            about: "Checks HLS playlists, of whatever packager, by the rules of RFC 8216, its second edition and\n\
                    Apple's HLS Authoring Specification, with what that recommends of the content. Of segments\n\
                    only sizes and first bytes are read. The exit status is 1 if there is an error; warnings\n\
                    leave it 0.",
            options: Vec::new(),
            own: vec![EveryCommand::table()],
        },
        Command {
            name: "decrypt",
            arguments: "INPUT... -o DIR --key KID:KEY",
            about: "Decrypts protected MP4 files, or what a manifest lists, to clear MP4: one file a track.",
            options: vec![DecryptOptions::table()],
            own: vec![DecryptFlags::table(), EveryCommand::table()],
        },
    ]
}

options! {
    /// What the program reads of every command.
    pub struct EveryCommand = "EveryCommand" {
        /// Prints the result as JSON.
        pub json: Host = "json", host("boolean"), {
            flag: "json",
            help: "print the result as one JSON object",
            group: "Command",
        };
        /// Prints the help.
        pub help: Host = "help", host("boolean"), { flag: "h, help", help: "print this", group: "Command" };
        /// Prints the version.
        pub version: Host = "version", host("boolean"), {
            flag: "version",
            help: "print the version",
            group: "Command",
        };
    }
}

options! {
    /// What the program reads of `package`.
    pub struct PackageFlags = "PackageFlags" {
        /// Replaces what is there.
        pub force: Host = "force", host("boolean"), {
            flag: "force",
            help: "replace files that are there already",
            group: "Output",
        };
        /// Headers of the requests that send the output.
        pub put_header: Host = "putHeader", host("readonly string[]"), {
            flag: "put-header NAME:VALUE",
            help: "header of each PUT, such as Authorization; may be repeated. @NAME\n\
                   in place of the value takes it from the environment",
            group: "Output",
        };
        /// Where the support report goes.
        pub report: Host = "report", host("string"), {
            flag: "report FILE",
            help: "write the support report (XML) there, for success and failure alike",
            group: "Command",
        };
        /// Prints no progress.
        pub quiet: Host = "quiet", host("boolean"), { flag: "q, quiet", help: "print no progress", group: "Command" };
    }
}

options! {
    /// How files are decrypted.
    pub struct DecryptOptions = "DecryptOptions" {
        /// The content keys as `KID:KEY`.
        pub keys: Vec<KeyPair> = "keys", list(pair()).filled(), {
            flag: "key KID:KEY",
            help: "content key; may be repeated",
            group: "Decryption",
        };
        /// With `true` files that are there already are replaced.
        pub replace: bool = "replace", flag(), {
            flag: "force",
            help: "replace files that are there already",
            group: "Output",
        };
        /// Ends the job.
        pub signal: Host = "signal", host("AbortSignal");
    }
}

options! {
    /// What the program reads of `decrypt`.
    pub struct DecryptFlags = "DecryptFlags" {
        /// Where the files go.
        pub output: Host = "output", host("string").required(), {
            flag: "o, output DIR",
            help: "the folder that the files go into",
            group: "Output",
        };
    }
}
