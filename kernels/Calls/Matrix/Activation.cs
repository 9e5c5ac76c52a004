namespace SspNative.Kernels;

/// <summary>Function applied by a matrix product or convolution before it stores a result.</summary>
public enum Activation
{
    None,
    Relu,
    Gelu,
    QuickGelu,
}
