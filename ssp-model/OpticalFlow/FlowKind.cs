namespace SspNative.Model.OpticalFlow;

/// <summary>Which optical flow makes the pre-mask.</summary>
public enum FlowKind
{
    /// <summary>None: every pixel counts as moving.</summary>
    None,

    /// <summary>Perceiver IO.</summary>
    Perceiver,

    /// <summary>The variational method, from coarse to fine; it needs no weights.</summary>
    Pyramid,
}

/// <summary>The size at which Perceiver IO sees the frames.</summary>
public enum FlowSize
{
    /// <summary>Each frame is stretched to one tile of the network's own size: one run a pair.</summary>
    Tile,

    /// <summary>Frames keep their size and are covered with overlapping tiles: many runs a pair, finer motion.</summary>
    Native,
}
