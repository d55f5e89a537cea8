//! A script as a core module: a memory with its first contents, and nothing else.

use wasm_encoder::{ConstExpr, DataSection, ExportKind, ExportSection, MemorySection, MemoryType, Module};

/// The memory's name among the exports, which the split runtime imports.
pub(crate) const MEMORY_EXPORT: &str = "memory";

const PAGE: usize = 64 << 10;

/// A memory without the zeros at its end.
pub(crate) fn contents(memory: &[u8]) -> &[u8] {
    &memory[..memory.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

/// A module whose memory reaches `length` bytes beyond `start`, and holds `contents` from there on.
pub(crate) fn module(start: u32, length: usize, contents: &[u8]) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: (start as usize + length).div_ceil(PAGE) as u64,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export(MEMORY_EXPORT, ExportKind::Memory, 0);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(start.cast_signed()), contents.iter().copied());
    let mut module = Module::new();
    module.section(&memories).section(&exports).section(&data);
    module.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Engine, Instance, Store};

    #[test]
    fn the_memory_of_the_module_is_the_memory_of_the_picture() {
        let mut contents = vec![0; 3 * PAGE - 1_024];
        contents[0] = 1;
        contents[100_000] = 2;
        let engine = Engine::default();
        let module = wasmtime::Module::new(&engine, module(1_024, contents.len(), super::contents(&contents))).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&mut store, MEMORY_EXPORT).unwrap();
        assert_eq!(memory.data(&store).len(), 3 * PAGE);
        assert_eq!(memory.data(&store)[..1_024], vec![0; 1_024]);
        assert_eq!(memory.data(&store)[1_024..], contents);
    }
}
