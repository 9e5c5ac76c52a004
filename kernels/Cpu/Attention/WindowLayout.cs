using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>
/// Where the tokens of a shifted window lie and what is added to their scores. A window's tokens are numbered row by row; the
/// cyclic shift is folded into their places, so that neither the rolled map nor the windows are ever made.
/// </summary>
internal readonly unsafe struct WindowLayout<TSimd, TVec>(WindowAttentionShape shape)
    where TSimd : struct, ISimd<TVec>
    where TVec : struct
{
    /// <summary>What is added to scores between tokens that were not neighbours before the shift.</summary>
    private const float Apart = -100f;

    private readonly int _w = shape.Window;
    private readonly int _columns = shape.W / shape.Window;

    /// <summary>Tokens of a window.</summary>
    public int Tokens => _w * _w;

    /// <summary>Windows of one map.</summary>
    public int Windows => shape.H / _w * _columns;

    /// <summary>Floats of a head's bias in strips, the last lanes of a tile included.</summary>
    public int StripFloats => (2 * _w - 1) * Tokens + AttentionTile<TSimd, TVec>.Queries;

    /// <summary>The place y·W + x of each token of a window in the map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Places(int window, int* places)
    {
        int top = window / _columns * _w + shape.Shift, left = window % _columns * _w + shape.Shift;
        for (int i = 0; i < _w; i++)
        {
            int row = (top + i) % shape.H * shape.W;
            for (int j = 0; j < _w; j++)
                *places++ = row + (left + j < shape.W ? left + j : left + j - shape.W);
        }
    }

    /// <summary>Whether the shift brought tokens into this window that were not neighbours.</summary>
    public bool TouchesSeam(int window) =>
        shape.Shift > 0 && (window / _columns == shape.H / _w - 1 || window % _columns == _columns - 1);

    /// <summary>
    /// Labels each token with the part of the map that it came from: in a window at the map's end, before or after the seam in
    /// either direction. Lanes past the last token are labelled too.
    /// </summary>
    public void Regions(int window, float* regions)
    {
        int border = _w - shape.Shift;
        bool bottom = window / _columns == shape.H / _w - 1, right = window % _columns == _columns - 1;
        for (int i = 0; i < Tokens; i++)
            regions[i] = (bottom && i / _w >= border ? 2 : 0) + (right && i % _w >= border ? 1 : 0);
        AttentionTile<TSimd, TVec>.Fill(AttentionTile<TSimd, TVec>.Queries, regions + Tokens, 0f);
    }

    /// <summary>
    /// Spreads one head's column of the relative-position bias table into strips: strip kx, for keys in column kx, holds at
    /// (2w−1 rows, w columns) the bias of row difference dy and query column qx. Moving a key down one row moves all its
    /// biases by w floats, so the biases of a key against consecutive queries are consecutive.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SpreadBias(float* table, int head, float* strips)
    {
        int span = 2 * _w - 1;
        using Scratch scratch = Scratch.Open();
        float* column = scratch.Floats(span * span + _w + TSimd.Width);
        AttentionTile<TSimd, TVec>.Fill(_w + TSimd.Width, column + span * span, 0f);
        for (int i = 0; i < span * span; i++)
            column[i] = table[(nint)i * shape.Heads + head];
        // Rows are copied in whole vectors: the next row overwrites what is too much.
        for (int kx = 0; kx < _w; kx++)
            for (int dy = 0; dy < span; dy++, strips += _w)
                for (int qx = 0; qx < _w; qx += TSimd.Width)
                    TSimd.Store(strips + qx, TSimd.Load(column + dy * span + qx - kx + _w - 1));
        AttentionTile<TSimd, TVec>.Fill(AttentionTile<TSimd, TVec>.Queries, strips, 0f);
    }

    /// <summary>The inverse of <see cref="SpreadBias"/> for gradients: sums strips into one head's column of the table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void GatherBias(float* strips, int head, float* table)
    {
        int span = 2 * _w - 1;
        for (int i = 0; i < span * span; i++)
            table[(nint)i * shape.Heads + head] = 0f;
        for (int kx = 0; kx < _w; kx++)
            for (int dy = 0; dy < span; dy++)
                for (int qx = 0; qx < _w; qx++)
                    table[(nint)(dy * span + qx - kx + _w - 1) * shape.Heads + head] += *strips++;
    }

    /// <summary>Adds bias and, with regions, the seam mask to the scores (tokens, 2W) of the queries from first on.</summary>
    public void AddBias(float* strips, float* regions, int first, float* s)
    {
        AddBias(_w, strips + FirstKeyRow(first), s);
        if (regions != null)
            AddSeam(Tokens, regions, regions + first, s);
    }

    /// <summary>Adds the score gradients (tokens, 2W) of the queries from first on to the strips of bias gradients.</summary>
    public void AddToStrips(float* ds, int first, float* strips) => AddToStrips(_w, ds, strips + FirstKeyRow(first));

    // Where the biases of key 0 against the queries from number `query` on begin.
    private nint FirstKeyRow(int query) => (nint)(_w - 1) * _w + query;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBias(nint window, float* firstRow, float* s)
    {
        nint w = TSimd.Width, strip = (2 * window - 1) * window;
        for (nint ky = 0; ky < window; ky++)
        {
            float* bias = firstRow - ky * window;
            for (nint kx = 0; kx < window; kx++, bias += strip, s += 2 * w)
            {
                TSimd.Store(s, TSimd.Add(TSimd.Load(s), TSimd.Load(bias)));
                TSimd.Store(s + w, TSimd.Add(TSimd.Load(s + w), TSimd.Load(bias + w)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToStrips(nint window, float* ds, float* firstRow)
    {
        nint w = TSimd.Width, strip = (2 * window - 1) * window;
        for (nint ky = 0; ky < window; ky++)
        {
            float* bias = firstRow - ky * window;
            for (nint kx = 0; kx < window; kx++, bias += strip, ds += 2 * w)
            {
                TSimd.Store(bias, TSimd.Add(TSimd.Load(bias), TSimd.Load(ds)));
                TSimd.Store(bias + w, TSimd.Add(TSimd.Load(bias + w), TSimd.Load(ds + w)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSeam(nint tokens, float* regions, float* queryRegions, float* s)
    {
        nint w = TSimd.Width;
        TVec q0 = TSimd.Load(queryRegions), q1 = TSimd.Load(queryRegions + w);
        for (nint key = 0; key < tokens; key++, s += 2 * w)
        {
            TVec region = TSimd.Broadcast(regions[key]);
            TSimd.Store(s, TSimd.Add(TSimd.Load(s), Separation(region, q0)));
            TSimd.Store(s + w, TSimd.Add(TSimd.Load(s + w), Separation(region, q1)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVec Separation(TVec region, TVec others) =>
        TSimd.Select(TSimd.Less(TSimd.Zero, TSimd.Abs(TSimd.Sub(region, others))), TSimd.Broadcast(Apart), TSimd.Zero);
}
