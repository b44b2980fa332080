// `import SuperResolution` is enough to use the library: what its interface is made of comes with it (Docs/Decisions/0015-one-import.md).
@_exported import Diffusion
@_exported import ImageQuality
@_exported import Tensors
@_exported import Volumes
