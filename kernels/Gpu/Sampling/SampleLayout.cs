using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// Bilinear samples of the maps of a pyramid: value (B,S,Heads,C) with S = Σ H·W over the levels, and for every item (B,Q,Heads) so many points a level.
/// Samples are numbered (B,Q,Heads,Levels,Points). A head of an image on one level is a segment; they are numbered (B,Heads,Levels).
/// </summary>
internal readonly struct SampleLayout
{
    private readonly int _h0, _w0, _h1, _w1, _h2, _w2, _h3, _w3;

    /// <param name="channels">Of a head.</param>
    public SampleLayout(int batch, int queries, int heads, int channels, int points, in LevelSizes levels)
    {
        (Batch, Queries, Heads, Channels, Points, Levels) = (batch, queries, heads, channels, points, levels.Count);
        (_h0, _w0) = levels.Count > 0 ? levels[0] : default;
        (_h1, _w1) = levels.Count > 1 ? levels[1] : default;
        (_h2, _w2) = levels.Count > 2 ? levels[2] : default;
        (_h3, _w3) = levels.Count > 3 ? levels[3] : default;
        var end = Level(levels.Count);
        (Tokens, Cells) = (end.FirstToken, end.FirstCell);
        // Places are ints.
        long items = (long)batch * queries * heads;
        _ = checked((int)Math.Max((long)batch * Tokens * heads * channels, items * Math.Max(channels, 2 * PerItem)));
        _ = checked((int)((long)batch * heads * Cells));
    }

    public int Batch { get; }

    public int Queries { get; }

    public int Heads { get; }

    public int Channels { get; }

    public int Points { get; }

    public int Levels { get; }

    /// <summary>Tokens of all levels.</summary>
    public int Tokens { get; }

    /// <summary>Cells of all levels, with a closing one after each level's.</summary>
    public int Cells { get; }

    public int Items => Batch * Queries * Heads;

    /// <summary>Samples of an item.</summary>
    public int PerItem => Levels * Points;

    public int Segments => Batch * Heads * Levels;

    /// <summary>Samples of a segment.</summary>
    public int PerSegment => Queries * Points;

    public SampledLevel Level(int level)
    {
        int h = level < 2 ? (level == 0 ? _h0 : _h1) : level == 2 ? _h2 : _h3, w = level < 2 ? (level == 0 ? _w0 : _w1) : level == 2 ? _w2 : _w3;
        int tokens = (level > 0 ? _h0 * _w0 : 0) + (level > 1 ? _h1 * _w1 : 0) + (level > 2 ? _h2 * _w2 : 0) + (level > 3 ? _h3 * _w3 : 0);
        int cells = (level > 0 ? SampledLevel.CellsOf(_h0, _w0) + 1 : 0) + (level > 1 ? SampledLevel.CellsOf(_h1, _w1) + 1 : 0)
            + (level > 2 ? SampledLevel.CellsOf(_h2, _w2) + 1 : 0) + (level > 3 ? SampledLevel.CellsOf(_h3, _w3) + 1 : 0);
        return new SampledLevel(h, w, tokens, cells);
    }

    /// <summary>The running number of a segment's sample.</summary>
    public int Sample(int segment, int index)
    {
        int group = segment / Levels, level = segment - group * Levels, b = group / Heads, head = group - b * Heads, query = index / Points;
        return ((((b * Queries + query) * Heads + head) * Levels) + level) * Points + index - query * Points;
    }
}

/// <summary>A level of a pyramid. A cell lies between four neighbouring tokens; those at the border have tokens on one side only.</summary>
internal readonly struct SampledLevel(int h, int w, int firstToken, int firstCell)
{
    public int H => h;

    public int W => w;

    public int FirstToken => firstToken;

    public int FirstCell => firstCell;

    public int Cells => CellsOf(h, w);

    public static int CellsOf(int h, int w) => (h + 1) * (w + 1);
}

/// <summary>Where samples are, and what becomes of their gradients.</summary>
internal interface ISamples
{
    /// <summary>Position in pixels of its level, 0 at the centre of the first, and weight of a sample.</summary>
    SamplePoint At(int sample, in SampledLevel level);

    /// <summary>Stores the gradients of a sample.</summary>
    /// <param name="dots">Σ over channels of dy · value at the corners (y0,x0), (y0,x1), (y1,x0), (y1,x1); of what is outside the map nothing is used.</param>
    void StoreGradient(int sample, in SampledLevel level, F4 dots);
}

internal readonly struct SamplePoint(float x, float y, float weight)
{
    public float X => x;

    public float Y => y;

    public float Weight => weight;
}

/// <summary>The two neighbours that a coordinate lies between, moved to the map's edge if outside, and their weights, which are zero outside.</summary>
internal readonly struct SampleAxis
{
    public SampleAxis(float at, int size)
    {
        float low = Floor(at), high = LaneMath.Add(low, 1f), last = size - 1;
        Part = LaneMath.Sub(at, low);
        // NaN counts as inside, so that its weights are NaN.
        bool lowOutside = low < 0f || low > last, highOutside = high < 0f || high > last;
        FirstWeight = lowOutside ? 0f : LaneMath.Sub(1f, Part);
        SecondWeight = highOutside ? 0f : Part;
        FirstSlope = lowOutside ? 0f : -1f;
        SecondSlope = highOutside ? 0f : 1f;
        First = (int)LaneMath.Min(LaneMath.Max(low, 0f), last);
        Second = (int)LaneMath.Min(LaneMath.Max(high, 0f), last);
        Cell = (int)LaneMath.Min(LaneMath.Max(high, -1f), size + 1);
    }

    /// <summary>How far beyond the lower neighbour.</summary>
    public float Part { get; }

    /// <summary>Whether the coordinate was NaN or infinite.</summary>
    // By bits: ILGPU's OpenCL takes "not at least" for "less", which NaN is not.
    public bool IsUndefined => (int)(Interop.FloatAsInt(Part) & 0x7fffffffu) > 0x7f800000;

    /// <summary>Whether the lower neighbour is in the map.</summary>
    public bool HasFirst => Cell >= 0 && FirstSlope != 0f;

    /// <summary>Whether the upper neighbour is in the map.</summary>
    public bool HasSecond => Cell >= 0 && SecondSlope != 0f;

    public int First { get; }

    public int Second { get; }

    public float FirstWeight { get; }

    public float SecondWeight { get; }

    /// <summary>How the weight changes with the coordinate.</summary>
    public float FirstSlope { get; }

    public float SecondSlope { get; }

    /// <summary>The cell along this axis, 0 … size; beyond these, or for NaN, no token is a neighbour.</summary>
    public int Cell { get; }

    private static float Floor(float x)
    {
        float near = LaneMath.Round(x);
        return x < near ? LaneMath.Sub(near, 1f) : near;
    }
}
