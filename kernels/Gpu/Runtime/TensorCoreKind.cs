namespace SspNative.Kernels.Gpu;

/// <summary>What multiplies matrices on a device, in the precision in which it was opened.</summary>
internal enum TensorCoreKind
{
    /// <summary>Ordinary arithmetic.</summary>
    None,

    /// <summary>CUDA's tensor cores.</summary>
    Cuda,

    /// <summary>Their definition, slowly, so that their kernels can be tested where there are none.</summary>
    Emulated,
}
