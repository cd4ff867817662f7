use headwater::flow::{ConsumerNode, Node, Output};

fn wired(consumer: ConsumerNode<u64>, words: Output<String>, numbers: Node<u64, u64>) {
    consumer.process("behind a consumer", |n: u64| n);
    let _wired = numbers.wire(&words);
}

fn main() {
    let _ = wired;
}
