namespace SspNative.Kernels.Operators;

/// <summary>
/// One elementwise function with its derivative, written once for vectors of any width: CPU kernels run it on those of their instruction set, a GPU
/// on single lanes, with the same bits.
/// </summary>
public interface IUnaryOperator
{
    /// <summary>PyTorch's name of the function.</summary>
    static abstract string Name { get; }

    /// <summary>Whether the derivative is a function of y alone, so that a recording need not keep x; else it is one of x alone.</summary>
    static abstract bool DerivesFromOutput { get; }

    /// <summary>y = f(x).</summary>
    static abstract TVec Invoke<TMath, TVec>(TVec x)
        where TMath : struct, IMath<TVec>
        where TVec : struct;

    /// <summary>dy/dx at x, where y = f(x); one of the two is not read, see <see cref="DerivesFromOutput"/>.</summary>
    static abstract TVec Derivative<TMath, TVec>(TVec x, TVec y)
        where TMath : struct, IMath<TVec>
        where TVec : struct;
}
