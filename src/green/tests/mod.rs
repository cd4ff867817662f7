//! Scenes of the toolkit under random schedules; see `request::tests` for how to play and to replay them.

mod shuttle_pool;
mod shuttle_queue;
