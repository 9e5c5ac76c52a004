using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>
/// What the attentions differ in: where the rows of a token are, and what becomes of a dot product before the softmax. A group is one head of one set
/// of queries and keys. Rows are numbers of elements.
/// </summary>
internal interface IAttentionVariant
{
    /// <summary>Queries of a group.</summary>
    int Queries { get; }

    /// <summary>Keys of a group.</summary>
    int Keys { get; }

    /// <summary>Keeps what depends on the group alone, so that no other method divides.</summary>
    void Bind(int group);

    int QueryAt(int token);

    int KeyAt(int token);

    int ValueAt(int token);

    int OutputAt(int token);

    /// <summary>The place of a query's log-sum-exp.</summary>
    int StatisticAt(int token);

    /// <summary>What <see cref="Score"/> has to know of a query, computed once a tile.</summary>
    int QueryPlace(int token);

    /// <inheritdoc cref="QueryPlace"/>
    int KeyPlace(int token);

    /// <summary>The score of a dot product q·k; −∞ if the key is blocked.</summary>
    float Score(float dot, int query, int key, int queryPlace, int keyPlace);
}

/// <summary>What blocks keys.</summary>
internal interface IMaskKind
{
    static abstract int QueryPlace(in AttentionMaskView mask, int image, int query);

    static abstract int KeyPlace(in AttentionMaskView mask, int image, int key);

    static abstract bool Blocks(in AttentionMaskView mask, int image, int query, int key, int queryPlace, int keyPlace);
}

/// <summary>A mask, and for each of its rows whether it holds: one that blocks every key does not.</summary>
internal struct AttentionMaskView
{
    public ArrayView<byte> Blocked;
    public ArrayView<int> Holds;
    public int Queries, Keys;
}

internal readonly struct NoMask : IMaskKind
{
    public static int QueryPlace(in AttentionMaskView mask, int image, int query) => 0;

    public static int KeyPlace(in AttentionMaskView mask, int image, int key) => 0;

    public static bool Blocks(in AttentionMaskView mask, int image, int query, int key, int queryPlace, int keyPlace) => false;
}

internal readonly struct KeysMask : IMaskKind
{
    public static int QueryPlace(in AttentionMaskView mask, int image, int query) => 0;

    public static int KeyPlace(in AttentionMaskView mask, int image, int key) => mask.Holds[image] != 0 ? mask.Blocked[(long)image * mask.Keys + key] : 0;

    public static bool Blocks(in AttentionMaskView mask, int image, int query, int key, int queryPlace, int keyPlace) => keyPlace != 0;
}

internal readonly struct FullMask : IMaskKind
{
    public static int QueryPlace(in AttentionMaskView mask, int image, int query) => mask.Holds[image * mask.Queries + query];

    public static int KeyPlace(in AttentionMaskView mask, int image, int key) => 0;

    public static bool Blocks(in AttentionMaskView mask, int image, int query, int key, int queryPlace, int keyPlace) =>
        queryPlace != 0 && mask.Blocked[((long)image * mask.Queries + query) * mask.Keys + key] != 0;
}

/// <summary><see cref="AttentionShape"/>: q, k and v are tensors of their own. A group is a head of an image.</summary>
internal struct SeparateAttention<TMask>(in AttentionShape shape, AttentionMaskView mask) : IAttentionVariant
    where TMask : struct, IMaskKind
{
    private readonly int _nq = shape.Nq, _nk = shape.Nk, _heads = shape.Heads, _dimQk = shape.DimQk, _dimV = shape.DimV;
    private readonly float _scale = shape.Scale;
    private readonly AttentionMaskView _mask = mask;
    private int _group, _image, _head;

    public readonly int Queries => _nq;

    public readonly int Keys => _nk;

    public void Bind(int group)
    {
        _group = group;
        _image = group / _heads;
        _head = group - _image * _heads;
    }

    public readonly int QueryAt(int token) => ((_image * _nq + token) * _heads + _head) * _dimQk;

    public readonly int KeyAt(int token) => ((_image * _nk + token) * _heads + _head) * _dimQk;

    public readonly int ValueAt(int token) => ((_image * _nk + token) * _heads + _head) * _dimV;

    public readonly int OutputAt(int token) => ((_image * _nq + token) * _heads + _head) * _dimV;

    public readonly int StatisticAt(int token) => _group * _nq + token;

    public readonly int QueryPlace(int token) => TMask.QueryPlace(in _mask, _image, token);

    public readonly int KeyPlace(int token) => TMask.KeyPlace(in _mask, _image, token);

    public readonly float Score(float dot, int query, int key, int queryPlace, int keyPlace) =>
        TMask.Blocks(in _mask, _image, query, key, queryPlace, keyPlace) ? float.NegativeInfinity : dot * _scale;
}

/// <summary>
/// <see cref="WindowAttentionShape"/>: a group is a head of a window, whose tokens are numbered row by row. Shift and partition are in the rows' places.
/// </summary>
internal struct WindowedAttention(in WindowAttentionShape shape, float scale, ArrayView<float> table) : IAttentionVariant
{
    /// <summary>What is added to scores between tokens that were not neighbours before the shift.</summary>
    private const float Apart = -100f;

    private readonly int _h = shape.H, _w = shape.W, _heads = shape.Heads, _dim = shape.Dim, _window = shape.Window, _shift = shape.Shift;
    private readonly float _scale = scale;
    private readonly ArrayView<float> _table = table;
    private int _image, _head, _y, _x;

    public readonly int Queries => _window * _window;

    public readonly int Keys => _window * _window;

    public void Bind(int group)
    {
        int across = _w / _window, windows = _h / _window * across, n = group / _heads;
        _head = group - n * _heads;
        _image = n / windows;
        int window = n - _image * windows, row = window / across;
        _y = row * _window;
        _x = (window - row * across) * _window;
    }

    public readonly int QueryAt(int token) => (3 * (_image * _h * _w + Pixel(token)) * _heads + _head) * _dim;

    public readonly int KeyAt(int token) => QueryAt(token) + _heads * _dim;

    public readonly int ValueAt(int token) => QueryAt(token) + 2 * _heads * _dim;

    public readonly int OutputAt(int token) => ((_image * _h * _w + Pixel(token)) * _heads + _head) * _dim;

    public readonly int StatisticAt(int token) => (_image * _heads + _head) * _h * _w + Pixel(token);

    // Row and column in the window, and the part of the map that a shift brought the token from.
    public readonly int QueryPlace(int token)
    {
        int row = token / _window, column = token - row * _window, y = _y + row, x = _x + column;
        int below = y < _h - _shift ? 0 : 1, right = x < _w - _shift ? 0 : 1;
        return row << 8 | column | (2 * below + right) << 16;
    }

    public readonly int KeyPlace(int token) => QueryPlace(token);

    public readonly float Score(float dot, int query, int key, int queryPlace, int keyPlace)
    {
        int rows = (queryPlace >> 8 & 255) - (keyPlace >> 8 & 255) + _window - 1, columns = (queryPlace & 255) - (keyPlace & 255) + _window - 1;
        float score = Instructions.Fma(dot, _scale, _table[(rows * (2 * _window - 1) + columns) * _heads + _head]);
        return queryPlace >> 16 != keyPlace >> 16 ? score + Apart : score;
    }

    // Of the map that was not shifted.
    private readonly int Pixel(int token)
    {
        int row = token / _window, y = _y + row + _shift, x = _x + token - row * _window + _shift;
        return (y < _h ? y : y - _h) * _w + (x < _w ? x : x - _w);
    }
}
