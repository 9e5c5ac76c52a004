using System.Numerics;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// One level's minimisation. The second frame is warped by the present field, the constancies are linearised there, and the
/// nonlinear equations are solved by freezing the robust weights (a few times) and successive over-relaxation of what is then
/// linear, in the order of a chessboard: first all white pixels, then all black ones, a vector of pixels at a time.
/// </summary>
internal sealed class FlowSolver
{
    private const float Alpha = 0.012f;
    private const float EdgeSharpness = 4f;
    private const float LeastEdgeWeight = 0.05f;
    private const float SmoothEpsilon = 0.01f;
    private const float Relaxation = 1.85f;
    private const int Freezes = 3;
    private const int Sweeps = 8;

    private readonly FlowPlanes _first;
    private readonly FlowPlanes _second;
    private readonly FlowGrid _grid;
    private readonly float[][] _firstDx;
    private readonly float[][] _firstDy;
    private readonly float[][] _warped;
    private readonly float[] _warpedDx;
    private readonly float[] _warpedDy;
    private readonly float[] _inside;

    // α·g between a pixel and its right and lower neighbour, and the same times the frozen robust weight; 0 at the border.
    private readonly float[] _edgeRight;
    private readonly float[] _edgeDown;
    private readonly float[] _right;
    private readonly float[] _down;

    private readonly MotionTensor _colour;
    private readonly MotionTensor _gradient;

    // The frozen equations of a pixel: diagonal parts, coupling of u and v, right sides.
    private readonly float[] _a11;
    private readonly float[] _a12;
    private readonly float[] _a22;
    private readonly float[] _b1;
    private readonly float[] _b2;

    public FlowSolver(FlowPlanes first, FlowPlanes second)
    {
        using ProfilerSpan span = Profiler.Module("derivatives and edges");
        (_first, _second, _grid) = (first, second, first.Grid);
        _firstDx = NewPlanes(FlowPlanes.Channels);
        _firstDy = NewPlanes(FlowPlanes.Channels);
        _warped = NewPlanes(FlowPlanes.Channels);
        for (int c = 0; c < FlowPlanes.Channels; c++)
            _grid.Differentiate(first.Planes[c], _firstDx[c], _firstDy[c]);
        (_colour, _gradient) = (new MotionTensor(_grid), new MotionTensor(_grid));
        float[][] planes = NewPlanes(12);
        (_warpedDx, _warpedDy, _inside, _edgeRight, _edgeDown, _right, _down) =
            (planes[0], planes[1], planes[2], planes[3], planes[4], planes[5], planes[6]);
        (_a11, _a12, _a22, _b1, _b2) = (planes[7], planes[8], planes[9], planes[10], planes[11]);
        WeighEdges();
    }

    /// <summary>One warp: moves the field towards the minimum.</summary>
    public void Improve(FlowField field)
    {
        Warp(field);
        Linearise();
        float[] startU = (float[])field.U.Clone(), startV = (float[])field.V.Clone();
        for (int freeze = 0; freeze < Freezes; freeze++)
        {
            FreezeSmoothness(field.U, field.V);
            FreezeData(field, startU, startV);
            using ProfilerSpan span = Profiler.Module("relax");
            for (int sweep = 0; sweep < Sweeps; sweep++)
            {
                Relax(field.U, field.V, 0);
                Relax(field.U, field.V, 1);
            }
        }
    }

    private void Linearise()
    {
        using ProfilerSpan span = Profiler.Module("motion tensor");
        _colour.Clear();
        _gradient.Clear();
        for (int c = 0; c < FlowPlanes.Channels; c++)
            AddConstancy(c, c < FlowPlanes.Colours ? _colour : _gradient);
    }

    private float[][] NewPlanes(int count) => [.. Enumerable.Range(0, count).Select(_ => _grid.NewPlane())];

    private void WeighEdges()
    {
        for (int y = 0; y < _grid.Height; y++)
            for (int x = 0; x < _grid.Width; x++)
            {
                int i = _grid.Row(y) + x;
                _edgeRight[i] = x + 1 < _grid.Width ? EdgeWeight(i, i + 1) : 0;
                _edgeDown[i] = y + 1 < _grid.Height ? EdgeWeight(i, i + _grid.Stride) : 0;
            }
    }

    private float EdgeWeight(int i, int j)
    {
        float difference = 0;
        for (int c = 0; c < FlowPlanes.Colours; c++)
            difference += MathF.Abs(_first.Planes[c][i] - _first.Planes[c][j]);
        return Alpha * (LeastEdgeWeight + (1 - LeastEdgeWeight) * MathF.Exp(-EdgeSharpness * difference));
    }

    private void Warp(FlowField field)
    {
        using ProfilerSpan span = Profiler.Module("warp");
        int width = _grid.Width, height = _grid.Height, stride = _grid.Stride;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int i = _grid.Row(y) + x;
                float toX = x + field.U[i], toY = y + field.V[i];
                float sx = Math.Clamp(toX, 0, width - 1), sy = Math.Clamp(toY, 0, height - 1);
                _inside[i] = sx == toX && sy == toY ? 1 : 0;
                int x0 = (int)sx, y0 = (int)sy;
                float fx = sx - x0, fy = sy - y0;
                int at = _grid.Row(y0) + x0;
                for (int c = 0; c < _warped.Length; c++)
                {
                    float[] plane = _second.Planes[c];
                    float top = plane[at] + fx * (plane[at + 1] - plane[at]);
                    float bottom = plane[at + stride] + fx * (plane[at + stride + 1] - plane[at + stride]);
                    _warped[c][i] = top + fy * (bottom - top);
                }
            }
        foreach (float[] plane in _warped)
            _grid.FillMargin(plane);
    }

    private void AddConstancy(int channel, MotionTensor tensor)
    {
        float[] first = _first.Planes[channel], warped = _warped[channel];
        float[] firstDx = _firstDx[channel], firstDy = _firstDy[channel];
        _grid.Differentiate(warped, _warpedDx, _warpedDy);
        for (int y = 0; y < _grid.Height; y++)
            for (int i = _grid.Row(y), end = i + _grid.Width; i < end; i += Vector<float>.Count)
                tensor.Add(
                    i,
                    0.5f * (At(firstDx, i) + At(_warpedDx, i)),
                    0.5f * (At(firstDy, i) + At(_warpedDy, i)),
                    At(warped, i) - At(first, i),
                    At(_inside, i));
    }

    private void FreezeSmoothness(float[] u, float[] v)
    {
        using ProfilerSpan span = Profiler.Module("robust weights");
        int stride = _grid.Stride;
        for (int y = 0; y < _grid.Height; y++)
            for (int i = _grid.Row(y), end = i + _grid.Width; i < end; i += Vector<float>.Count)
            {
                Vector<float> hereU = At(u, i), hereV = At(v, i);
                Weigh(At(_edgeRight, i), At(u, i + 1) - hereU, At(v, i + 1) - hereV).CopyTo(_right, i);
                Weigh(At(_edgeDown, i), At(u, i + stride) - hereU, At(v, i + stride) - hereV).CopyTo(_down, i);
            }

        static Vector<float> Weigh(Vector<float> edge, Vector<float> du, Vector<float> dv) =>
            edge / Vector.SquareRoot(du * du + dv * dv + new Vector<float>(SmoothEpsilon * SmoothEpsilon));
    }

    private void FreezeData(FlowField field, float[] startU, float[] startV)
    {
        using ProfilerSpan span = Profiler.Module("robust weights");
        // Keeps pixels that nothing holds, beyond the border, from dividing by zero.
        var least = new Vector<float>(1e-12f);
        int stride = _grid.Stride;
        for (int y = 0; y < _grid.Height; y++)
            for (int i = _grid.Row(y), end = i + _grid.Width; i < end; i += Vector<float>.Count)
            {
                Vector<float> u0 = At(startU, i), v0 = At(startV, i);
                Vector<float> du = At(field.U, i) - u0, dv = At(field.V, i) - v0;
                Vector<float> colour = _colour.Weight(i, du, dv), gradient = _gradient.Weight(i, du, dv);
                Vector<float> xx = colour * At(_colour.Xx, i) + gradient * At(_gradient.Xx, i);
                Vector<float> xy = colour * At(_colour.Xy, i) + gradient * At(_gradient.Xy, i);
                Vector<float> yy = colour * At(_colour.Yy, i) + gradient * At(_gradient.Yy, i);
                Vector<float> xt = colour * At(_colour.Xt, i) + gradient * At(_gradient.Xt, i);
                Vector<float> yt = colour * At(_colour.Yt, i) + gradient * At(_gradient.Yt, i);
                Vector<float> neighbours = At(_right, i) + At(_right, i - 1) + At(_down, i) + At(_down, i - stride) + least;
                (new Vector<float>(Relaxation) / (xx + neighbours)).CopyTo(_a11, i);
                (new Vector<float>(Relaxation) / (yy + neighbours)).CopyTo(_a22, i);
                xy.CopyTo(_a12, i);
                (xx * u0 + xy * v0 - xt).CopyTo(_b1, i);
                (xy * u0 + yy * v0 - yt).CopyTo(_b2, i);
            }
    }

    /// <summary>Half a sweep: solves the equations of the pixels of one colour of the chessboard, and goes somewhat beyond.</summary>
    private void Relax(float[] u, float[] v, int colour)
    {
        int stride = _grid.Stride, width = _grid.Width;
        Vector<int> odd = Vector<int>.Indices & Vector<int>.One;
        var keep = new Vector<float>(1 - Relaxation);
        for (int y = 0; y < _grid.Height; y++)
        {
            Vector<int> chosen = Vector.Equals(odd, new Vector<int>((y + colour) & 1));
            for (int i = _grid.Row(y), end = i + width; i < end; i += Vector<float>.Count)
            {
                Vector<float> right = At(_right, i), left = At(_right, i - 1);
                Vector<float> down = At(_down, i), up = At(_down, i - stride);
                Vector<float> sumU =
                    right * At(u, i + 1) + left * At(u, i - 1) + down * At(u, i + stride) + up * At(u, i - stride);
                Vector<float> sumV =
                    right * At(v, i + 1) + left * At(v, i - 1) + down * At(v, i + stride) + up * At(v, i - stride);
                Vector<float> oldU = At(u, i), oldV = At(v, i), coupling = At(_a12, i);
                Vector<float> newU = keep * oldU + At(_a11, i) * (At(_b1, i) + sumU - coupling * oldV);
                Vector<float> newV = keep * oldV + At(_a22, i) * (At(_b2, i) + sumV - coupling * newU);
                Vector.ConditionalSelect(chosen, newU, oldU).CopyTo(u, i);
                Vector.ConditionalSelect(chosen, newV, oldV).CopyTo(v, i);
            }
        }
    }

    private static Vector<float> At(float[] plane, int i) => new(plane, i);
}
