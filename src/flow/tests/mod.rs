//! Scenes of edges, windows and crews under random schedules; see `request::tests` for how to play and to replay them.

mod shuttle_crew;
mod shuttle_flow;
mod shuttle_window;
mod stagehands;
