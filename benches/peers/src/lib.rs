//! The benchmark groups of wsparse, with the public functions of other libraries as further
//! subjects.

pub mod decode;
pub mod header;
pub mod mask;
pub mod rounds;
pub mod targets;

/// The groups themselves, as wsparse's own benchmarks have them.
#[path = "../../groups"]
pub mod groups {
    pub mod common;
    pub mod copy;
    pub mod frame;
    pub mod header;
    pub mod limit;
    pub mod mask;
    pub mod with_criterion;
}
