namespace SspNative.Kernels.Operators;

/// <summary>
/// One elementwise function with its derivative, written once. The scalar form is the definition: GPU kernels run it and
/// tests compare it with double precision; the vector form is what the CPU drivers run.
/// </summary>
public interface IUnaryOperator
{
    /// <summary>PyTorch's name of the function.</summary>
    static abstract string Name { get; }

    /// <summary>y = f(x).</summary>
    static abstract float Invoke(float x);

    /// <summary>Whether the derivative is a function of y alone, so that a recording need not keep x; else it is one of x alone.</summary>
    static abstract bool DerivesFromOutput { get; }

    /// <summary>dy/dx at x, where y = f(x); one of the two is not read, see <see cref="DerivesFromOutput"/>.</summary>
    static abstract float Derivative(float x, float y);

    static abstract TVec Invoke<TSimd, TVec>(TVec x)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct;

    static abstract TVec Derivative<TSimd, TVec>(TVec x, TVec y)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct;
}
