//! Drawings: what is seen at a depth of nesting, what is told by colours, and that no name gets through as markup.

use std::sync::atomic::Ordering;

use expect_test::expect;
use headwater::graph::{Declare, Graph, Input, Node, Operator, Output, PerLane};
use headwater::operators::BlockCache;
use headwater::{Array, roi};

use crate::common::*;
use crate::gated::Gated;

/// Smooths twice, inside.
struct Twice;

struct TwiceSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Twice {
    type Slots = TwiceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TwiceSlots {
        let input = declare.input("input");
        let (first, second) = (
            declare.add_named("dilate 1", Dilate::default()),
            declare.add_named("dilate 2", Dilate::default()),
        );
        declare.connect(&input, &first.input);
        declare.connect(&first.output, &second.input);
        let output = declare.expose("output", &second.output);
        TwiceSlots { input, output }
    }
}

/// Raw data through an operator of operators and a cache, lanes beside it, a setup that fails, and what is not connected.
struct Scene {
    raw: Node<Add>,
    cache: Node<BlockCache>,
    gated: Node<Gated>,
}

fn build(graph: &Graph) -> Scene {
    let (raw, twice) = (
        graph.add_named("brighten", Add::default()),
        graph.add_named("dilate twice", Twice),
    );
    let (cache, sum) = (
        graph.add_named("cache", BlockCache::new().block([10])),
        graph.add_named("sum", Sum::default()),
    );
    let (later, misfit) = (
        graph.add_named("not connected", Add::default()),
        graph.add_named("misfit", Sum::default()),
    );
    let gated = graph.add_named("slow", Gated::new());
    let lanes = graph.add_named("each", PerLane::new(Add::default).promote(["input"]));
    let total = graph.add_named("total", Total::default());
    graph
        .edit(|e| {
            e.set(&raw.input, bytes(&[0; 100]))?;
            e.connect(&raw.output, &twice.input)?;
            e.connect(&twice.output, &cache.input)?;
            e.connect(&cache.output, &sum.a)?;
            e.connect(&raw.output, &sum.b)?;
            e.connect(&later.output, &misfit.b)?;
            e.set(&misfit.a, bytes(&[1; 3]))?;
            for source in [&sum.output, &gated.output] {
                let (_, lane) = e.push(&lanes.list(|slots| &slots.input))?;
                e.connect(source, &lane)?;
            }
            e.connect(&lanes.list(|slots| &slots.output), &total.images)
        })
        .unwrap();
    graph.edit(|e| e.set(&later.input, bytes(&[1; 4]))).unwrap();
    Scene { raw, cache, gated }
}

/// How often a picture has a text, as the content of an element.
fn count(svg: &str, text: &str) -> usize {
    svg.matches(&format!(">{text}</text>")).count()
}

/// A document in which every element is closed in its order.
#[track_caller]
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').expect("a tag ends");
        assert!(!rest.contains('>'), "a bare `>` in {rest:?}");
        let name = |tag: &str| tag.split([' ', '/']).next().unwrap_or_default().to_owned();
        match tag.strip_prefix('/') {
            Some(tag) => assert_eq!(open.pop(), Some(tag.to_owned())),
            None if tag.ends_with('/') => {}
            None => open.push(name(tag)),
        }
        for reference in rest.split('&').skip(1) {
            let (entity, _) = reference.split_once(';').expect("a reference ends");
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&entity), "{entity}");
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
}

#[test]
fn operators_are_shown_to_the_depth_that_is_asked_for() {
    let world = World::new();
    build(&world);
    let (outside, whole) = (world.draw().depth(1).to_svg(), world.to_svg());
    assert_well_formed(&outside);
    assert_well_formed(&whole);
    assert_eq!((count(&outside, "dilate twice"), count(&outside, "dilate 1")), (1, 0));
    // Of two operators each, the composite and the operator over lanes say how many they hide.
    assert_eq!((count(&outside, "2 inside"), count(&whole, "2 inside")), (2, 0));
    assert_eq!(
        (
            count(&whole, "dilate twice"),
            count(&whole, "dilate 1"),
            count(&whole, "dilate 2")
        ),
        (1, 1, 1)
    );
    assert_eq!(world.draw().depth(2).to_svg(), whole);
    // Below a name that does not say it, what the operator is.
    assert_eq!((count(&whole, "Twice"), count(&whole, "BlockCache")), (1, 1));
    // A list is one slot that says how many it has.
    assert_eq!(count(&outside, "images [2]"), 1);
}

#[test]
fn readiness_fill_and_what_runs_are_told() {
    let world = World::new();
    let scene = build(&world);
    scene.cache.output.request(roi![0..45]).wait().unwrap();
    world
        .edit(|e| e.write(&scene.raw.input, roi![5..6], &bytes(&[1])))
        .unwrap();
    world.edit(|e| e.freeze(&scene.raw.output)).unwrap();
    let question = scene.gated.output.request(roi![0..5]);
    question.submit();
    until(|| scene.gated.operator().begun.load(Ordering::SeqCst) == 1);
    let (svg, dot) = (world.to_svg(), world.to_dot());
    assert_eq!(
        (
            count(&svg, "4 of 10 blocks"),
            count(&svg, "1 outdated"),
            count(&svg, "1 running")
        ),
        (1, 1, 1)
    );
    assert!(svg.contains("class=\"head-failed\"") && svg.contains("does not fit"));
    assert!(svg.contains("<title>output: x 100, u8, frozen</title>"));
    assert!(dot.contains("4 of 10 blocks kept, 1 outdated") && dot.contains("1 running") && dot.contains("❄"));
    if let Ok(path) = std::env::var("HEADWATER_DRAWING") {
        std::fs::write(format!("{path}.svg"), &svg).unwrap();
        std::fs::write(format!("{path}.1.svg"), world.draw().depth(1).to_svg()).unwrap();
        std::fs::write(format!("{path}.dot"), &dot).unwrap();
    }
    scene.gated.operator().gate.add_permits(1);
    question.wait().unwrap();
    assert_eq!(count(&world.to_svg(), "1 running"), 0);
}

#[test]
fn what_is_not_ready_is_told_apart() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    let unset = world.to_svg();
    assert!(unset.contains("class=\"head-notready\""));
    assert!(unset.contains("input: not ready: `add.input` has neither a connection nor a value"));
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    let set = world.to_svg();
    assert!(!set.contains("class=\"head-notready\"") && set.contains("<title>input: x 1, u8, set</title>"));
    assert!(set.contains("<title>offset: u8, default</title>"));
}

#[test]
fn a_picture_of_a_snapshot_stays() {
    let world = World::new();
    let add = world.add_named("add", Add::default());
    let drawing = world.draw();
    let before = drawing.to_svg();
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    assert_eq!(drawing.to_svg(), before);
    assert_ne!(world.to_svg(), before);
}

#[test]
fn names_are_text_whatever_they_are() {
    let world = World::new();
    let names = [
        "<script>alert(1)</script>",
        "a \"quoted\" & 'other'\n\u{0} one",
        "]]>",
        "\\\" -> x",
        "größe",
        "",
    ];
    let nodes: Vec<_> = names.iter().map(|name| world.add_named(name, Add::default())).collect();
    world.edit(|e| e.connect(&nodes[0].output, &nodes[1].input)).unwrap();
    let (svg, dot) = (world.to_svg(), world.to_dot());
    assert_well_formed(&svg);
    assert!(!svg.contains("<script") && !dot.contains("<script"));
    assert!(svg.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt;: Add</title>"));
    assert!(svg.contains("<title>größe: Add</title>") && dot.contains("<b>größe</b>"));
    // Between quotes and tables of Graphviz, too, no name ends what it stands in.
    assert!(dot.contains("<b>\\&quot; -&gt; x</b>"));
    assert!(!dot.contains('\u{0}') && !svg.contains('\u{0}'));
    assert_eq!(dot.matches(" -> ").count(), 1);
}

#[test]
fn a_graph_of_thousands_of_operators_is_drawn() {
    let world = World::new();
    let nodes: Vec<_> = (0..2000).map(|_| world.add(Add::default())).collect();
    world
        .edit(|e| {
            nodes
                .windows(2)
                .try_for_each(|pair| e.connect(&pair[0].output, &pair[1].input))
        })
        .unwrap();
    let svg = world.to_svg();
    assert_eq!(
        (count(&svg, "2000 operators, revision 2001"), count(&svg, "Add")),
        (1, 2000)
    );
    let empty = World::new().to_svg();
    assert_well_formed(&empty);
    assert_eq!(count(&empty, "0 operators, revision 0"), 1);
}

#[test]
fn what_is_outside_is_drawn_at_both_ends() {
    let world = World::new();
    let scene = build(&world);
    let drawing = world.draw().depth(1).source(&scene.raw.output, "raw.<b>.npy");
    let drawing = drawing
        .sink(&scene.cache.output, "first", "a.npy")
        .sink(&scene.cache.output, "second", "b.npy");
    let (svg, dot) = (drawing.to_svg(), drawing.to_dot());
    assert_well_formed(&svg);
    for text in ["raw.&lt;b&gt;.npy", "first", "a.npy", "second", "b.npy"] {
        assert_eq!(count(&svg, text), 1, "{text}");
    }
    assert!(svg.contains("class=\"head-source\"") && svg.matches("class=\"head-sink\"").count() == 2);
    let before = world.draw().depth(1);
    assert_eq!(
        (svg.matches("class=\"wire").count(), dot.matches(" -> ").count()),
        (
            before.to_svg().matches("class=\"wire").count() + 2,
            before.to_dot().matches(" -> ").count() + 2
        )
    );
    // Each box has a name of its own for Graphviz.
    let boxes: Vec<_> = dot
        .lines()
        .filter_map(|line| line.trim().split_once(" [label=<<table"))
        .collect();
    let names: std::collections::HashSet<_> = boxes.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), boxes.len());
}

#[test]
fn the_legend_has_what_is_in_the_picture() {
    let world = World::new();
    let add = world.add(Add::default());
    let entries = |svg: &str| ["ready", "not ready", "frozen", "outdated"].map(|entry| count(svg, entry));
    // The offset of it has a default.
    assert_eq!(entries(&world.to_svg()), [1, 1, 0, 0]);
    world.edit(|e| e.set(&add.input, bytes(&[1]))).unwrap();
    assert_eq!(entries(&world.to_svg()), [1, 0, 0, 0]);
    build(&world);
    world.edit(|e| e.freeze(&add.output)).unwrap();
    assert_eq!(entries(&world.to_svg()), [1, 0, 1, 1]);
}

#[test]
fn an_outline_tells_of_slots_what_feeds_them_and_what_they_give() {
    let graph = Graph::new();
    let scene = build(&graph);
    scene.cache.output.request(roi![0..10]).wait().unwrap();
    expect![[r#"
        13 operators in revision 11
        brighten (Add)
          input: x 100, u8, set
          offset: u8, default
          output: x 100, u8
        dilate twice (Twice)
          input <- brighten.output: x 100, u8
          output = dilate twice/dilate 2.output: x 100, u8
          dilate 1 (Dilate)
            input <- dilate twice.input: x 100, u8
            output: x 100, u8
          dilate 2 (Dilate)
            input <- dilate twice/dilate 1.output: x 100, u8
            output: x 100, u8
        cache (BlockCache): 1 of 10 blocks kept
          input <- dilate twice.output: x 100, u8
          output: x 100, u8
        sum (Sum)
          a <- cache.output: x 100, u8
          b <- brighten.output: x 100, u8
          output: x 100, u8
        not connected (Add)
          input: x 4, u8, set
          offset: u8, default
          output: x 4, u8
        misfit (Sum)
          a: x 3, u8, set
          b <- not connected.output: x 4, u8
          output: failed: the setup of `misfit` failed: x (4) u8 does not fit x (3) u8
        slow (Gated)
          level: u8, default
          output: x 100, u8
        each (PerLane)
          input [2] <- sum.output, slow.output: 2 slots
          offset: u8, default
          output [2] = each/0.output, each/1.output: 2 slots
          0 (Add)
            input <- each.input [2]: x 100, u8
            offset <- each.offset: u8
            output: x 100, u8
          1 (Add)
            input <- each.input [2]: x 100, u8
            offset <- each.offset: u8
            output: x 100, u8
        total (Total)
          images [2] <- each.output [2]: 2 slots
          output: x 100, u8
    "#]]
    .assert_eq(&graph.draw().to_text());
    let drawing = graph.draw().depth(1).source(&scene.raw.output, "a\nfile");
    let outside = drawing.sink(&scene.cache.output, "first", "a.npy").to_text();
    assert!(outside.contains("\nbrighten (a file)\n"), "{outside}");
    assert!(
        outside.ends_with("\nfirst (a.npy)\n  <- cache.output: x 100, u8\n"),
        "{outside}"
    );
    assert!(
        outside.contains("dilate twice (Twice): 2 operators inside\n"),
        "{outside}"
    );
}

#[test]
fn operators_of_one_name_are_told_apart_in_an_outline() {
    let graph = Graph::new();
    let (first, second) = (graph.add(Add::default()), graph.add(Add::default()));
    let last = graph.add_named("last", Add::default());
    graph
        .edit(|e| {
            e.set(&first.input, bytes(&[1]))?;
            e.connect(&first.output, &second.input)?;
            e.connect(&second.output, &last.input)
        })
        .unwrap();
    let text = graph.draw().to_text();
    for line in [
        "Add\n",
        "Add #2\n",
        "  input <- Add.output: x 1, u8\n",
        "  input <- Add #2.output: x 1, u8\n",
    ] {
        assert_eq!(text.matches(&format!("\n{line}")).count(), 1, "{line} in {text}");
    }
}
