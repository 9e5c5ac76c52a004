namespace SspNative.Engine;

/// <summary>
/// Every operation, by PyTorch's names. Images and feature maps are channels-last, (B,H,W,C). One file an operation: formula, checks, forward, backward.
/// </summary>
public static partial class Ops;
