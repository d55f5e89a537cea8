//! Splits a component into code and memory.
//!
//! The main module loses its memory and its data: it imports a memory instead. The component loses its
//! main module: it imports that, and a second module, the image, which brings the memory. Both come from
//! the linker ([`super::SharedRuntime::with_image`]), so compiled code is shared by everything that differs in
//! memory alone.
//!
//! INVARIANT: between calls a Rust module keeps no state outside its memory: its only mutable global is
//! the stack pointer, back at its first value, and its table never changes. [`split`] refuses what does
//! not look like that.

use wasm_encoder::reencode::{self, Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Component, ComponentImportSection, ComponentTypeRef, CoreTypeSection, EntityType, ImportSection, InstanceSection,
    Module, ModuleArg, ModuleType, RawSection,
};
use wasmparser::{BinaryReaderError, ExternalKind, Instance, InstanceSectionReader, Parser, Payload, TypeRef};

use super::image::MEMORY_EXPORT;

/// Under this name the component imports its main module.
pub(crate) const RUNTIME_IMPORT: &str = "runtime";
/// Under this name it imports the module that brings the memory.
pub(crate) const IMAGE_IMPORT: &str = "image";

/// A component in parts.
pub(crate) struct Split {
    /// The component, which imports its main module and an image.
    pub(crate) component: Vec<u8>,
    /// The main module, which imports its memory.
    pub(crate) module: Vec<u8>,
    /// First address above the stack: what lies below is dead between calls.
    pub(crate) stack_end: u32,
}

/// Why a component can't be split.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SplitError {
    #[error("it is malformed: {0}")]
    Malformed(#[from] BinaryReaderError),
    #[error("it can't be rewritten: {0}")]
    Rewrite(#[from] reencode::Error),
    #[error("{0}")]
    Shape(&'static str),
}

/// Splits the component's main module, the one with a memory, off.
pub(crate) fn split(component: &[u8]) -> Result<Split, SplitError> {
    let main = find_main(component)?;
    let parts = MainModule::read(main.bytes)?;
    let mut rewriter = Rewriter { main: main.index, modules_seen: 0, depth: 0, image_placed: false, parts: &parts };
    let mut rewritten = Component::new();
    rewriter.parse_component(&mut rewritten, Parser::new(0), component)?;
    Ok(Split { component: rewritten.finish(), module: parts.without_memory(main.bytes)?, stack_end: parts.stack_end })
}

struct Main<'a> {
    index: u32,
    bytes: &'a [u8],
}

fn find_main(component: &[u8]) -> Result<Main<'_>, SplitError> {
    let mut found = None;
    let (mut depth, mut index) = (0, 0);
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { unchecked_range, .. } => {
                if depth == 0 {
                    let bytes = &component[unchecked_range];
                    if has_memory(bytes)? && found.replace(Main { index, bytes }).is_some() {
                        return Err(SplitError::Shape("more than one of its modules has a memory"));
                    }
                    index += 1;
                }
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    found.ok_or(SplitError::Shape("none of its modules has a memory"))
}

fn has_memory(module: &[u8]) -> Result<bool, SplitError> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::MemorySection(memories) = payload? {
            return Ok(memories.count() > 0);
        }
    }
    Ok(false)
}

/// What the rest of the component has to know of the main module.
struct MainModule {
    shape: ModuleType,
    memory: wasm_encoder::MemoryType,
    stack_end: u32,
}

impl MainModule {
    fn read(module: &[u8]) -> Result<Self, SplitError> {
        let mut known = Known::default();
        for section in Parser::new(0).parse_all(module) {
            known.read(section?)?;
        }
        let Known { mut shape, memory, stack_end, .. } = known;
        let memory = memory.ok_or(SplitError::Shape("its main module has no memory"))?;
        shape.import(IMAGE_IMPORT, MEMORY_EXPORT, EntityType::Memory(memory));
        let stack_end = stack_end.ok_or(SplitError::Shape("its main module has no stack pointer"))?;
        Ok(Self { shape, memory, stack_end })
    }

    /// The type of a module that brings the memory.
    fn image_shape(&self) -> ModuleType {
        let mut shape = ModuleType::new();
        shape.export(MEMORY_EXPORT, EntityType::Memory(self.memory));
        shape
    }

    /// The main module with its memory imported and its data dropped.
    fn without_memory(&self, module: &[u8]) -> Result<Vec<u8>, SplitError> {
        let mut rewritten = Module::new();
        let mut same = RoundtripReencoder;
        let mut imported = false;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            // Imports come right behind the types, whether there were any or not.
            if !imported && !matches!(payload, Payload::Version { .. } | Payload::TypeSection(_)) {
                let mut imports = ImportSection::new();
                if let Payload::ImportSection(section) = &payload {
                    same.parse_import_section(&mut imports, section.clone())?;
                }
                imports.import(IMAGE_IMPORT, MEMORY_EXPORT, EntityType::Memory(self.memory));
                rewritten.section(&imports);
                imported = true;
            }
            match &payload {
                Payload::ImportSection(_) | Payload::MemorySection(_) | Payload::DataSection(_) => {}
                Payload::CustomSection(_) => {}
                other => {
                    if let Some((id, range)) = other.as_section() {
                        rewritten.section(&RawSection { id, data: &module[range] });
                    }
                }
            }
        }
        Ok(rewritten.finish())
    }
}

/// What is known of the main module by the sections that were read.
#[derive(Default)]
struct Known {
    shape: ModuleType,
    memory: Option<wasm_encoder::MemoryType>,
    stack_end: Option<u32>,
    functions: Vec<u32>,
    tables: Vec<wasm_encoder::TableType>,
    globals: Vec<wasm_encoder::GlobalType>,
}

impl Known {
    fn read(&mut self, section: Payload<'_>) -> Result<(), SplitError> {
        let mut same = RoundtripReencoder;
        match section {
            Payload::TypeSection(types) => {
                for function in types.into_iter_err_on_gc_types() {
                    let function = same.func_type(function?)?;
                    self.shape.ty().func_type(&function);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let TypeRef::Func(ty) = import.ty else {
                        return Err(SplitError::Shape("its main module imports something else than functions"));
                    };
                    self.functions.push(ty);
                    self.shape.import(import.module, import.name, EntityType::Function(ty));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(same.table_type(table?.ty)?);
                }
            }
            Payload::MemorySection(section) => {
                for ty in section {
                    if self.memory.replace(same.memory_type(ty?)?).is_some() {
                        return Err(SplitError::Shape("its main module has more than one memory"));
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.global(&global?)?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.export(&export?)?;
                }
            }
            Payload::StartSection { .. } => return Err(SplitError::Shape("its main module has a start function")),
            Payload::DataCountSection { .. } => {
                return Err(SplitError::Shape("its main module reads its data segments at run time"));
            }
            _ => {}
        }
        Ok(())
    }

    fn global(&mut self, global: &wasmparser::Global<'_>) -> Result<(), SplitError> {
        if global.ty.mutable && self.stack_end.replace(constant(&global.init_expr)?).is_some() {
            return Err(SplitError::Shape("its main module has state in a global"));
        }
        self.globals.push(RoundtripReencoder.global_type(global.ty)?);
        Ok(())
    }

    fn export(&mut self, export: &wasmparser::Export<'_>) -> Result<(), SplitError> {
        let index = export.index as usize;
        let ty = match export.kind {
            ExternalKind::Func => self.functions.get(index).map(|ty| EntityType::Function(*ty)),
            ExternalKind::Table => self.tables.get(index).map(|ty| EntityType::Table(*ty)),
            ExternalKind::Memory => self.memory.map(EntityType::Memory),
            ExternalKind::Global => self.globals.get(index).map(|ty| EntityType::Global(*ty)),
            _ => None,
        };
        let ty = ty.ok_or(SplitError::Shape("its main module exports something unknown"))?;
        self.shape.export(export.name, ty);
        Ok(())
    }
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32, SplitError> {
    match expression.get_operators_reader().read()? {
        wasmparser::Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => Err(SplitError::Shape("its stack pointer does not start at a constant")),
    }
}

/// Copies a component, its main module replaced by two imports.
struct Rewriter<'a> {
    main: u32,
    modules_seen: u32,
    depth: u32,
    image_placed: bool,
    parts: &'a MainModule,
}

impl Reencode for Rewriter<'_> {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Rewriter<'_> {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    /// The image is the module behind the main one.
    fn module_index(&mut self, index: u32) -> u32 {
        if self.depth == 0 && index > self.main { index + 1 } else { index }
    }

    /// The image's instance is the first.
    fn instance_index(&mut self, index: u32) -> u32 {
        if self.depth == 0 { index + 1 } else { index }
    }

    fn parse_component_custom_section(
        &mut self,
        _: &mut Component,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        Ok(()) // Names would have to be shifted too; nobody reads them here.
    }

    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        parser: Parser,
        module: &[u8],
    ) -> Result<(), reencode::Error> {
        let index = self.modules_seen;
        self.modules_seen += u32::from(self.depth == 0);
        if self.depth > 0 || index != self.main {
            return reencode::component_utils::parse_component_submodule(self, component, parser, module);
        }
        let mut types = CoreTypeSection::new();
        types.ty().module(&self.parts.shape);
        types.ty().module(&self.parts.image_shape());
        component.section(&types);
        let mut imports = ComponentImportSection::new();
        imports.import(RUNTIME_IMPORT, ComponentTypeRef::Module(0));
        imports.import(IMAGE_IMPORT, ComponentTypeRef::Module(1));
        component.section(&imports);
        Ok(())
    }

    fn parse_instance_section(
        &mut self,
        instances: &mut InstanceSection,
        section: InstanceSectionReader<'_>,
    ) -> Result<(), reencode::Error> {
        if self.depth == 0 && !self.image_placed {
            self.image_placed = true;
            instances.instantiate::<_, &str>(self.main + 1, []);
        }
        reencode::component_utils::parse_instance_section(self, instances, section)
    }

    fn parse_instance(
        &mut self,
        instances: &mut InstanceSection,
        instance: Instance<'_>,
    ) -> Result<(), reencode::Error> {
        match &instance {
            Instance::Instantiate { module_index, args } if self.depth == 0 && *module_index == self.main => {
                let mut with: Vec<_> =
                    args.iter().map(|arg| (arg.name, ModuleArg::Instance(self.instance_index(arg.index)))).collect();
                with.push((IMAGE_IMPORT, ModuleArg::Instance(0)));
                instances.instantiate(self.main, with);
                Ok(())
            }
            _ => reencode::component_utils::parse_instance(self, instances, instance),
        }
    }
}
