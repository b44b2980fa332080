// `import SuperResolutionTraining` is enough to train a model and to use it (Docs/Decisions/0015-one-import.md).
@_exported import SuperResolution
