namespace SspNative.Kernels;

/// <summary>
/// Which keys a query may not attend to, as bytes (1 = blocked), the same for every head. A row that blocks every key
/// blocks none.
/// </summary>
public enum AttentionMask
{
    None,

    /// <summary>(B,Nk): padding.</summary>
    Keys,

    /// <summary>(B,Nq,Nk).</summary>
    Full,
}
