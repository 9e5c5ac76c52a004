namespace SspNative.Kernels.Operators;

/// <summary>One elementwise function of two arguments.</summary>
public interface IBinaryOperator
{
    static abstract string Name { get; }

    static abstract TVec Invoke<TMath, TVec>(TVec a, TVec b)
        where TMath : struct, IMath<TVec>
        where TVec : struct;
}
