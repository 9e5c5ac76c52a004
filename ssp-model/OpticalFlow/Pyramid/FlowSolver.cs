using System.Numerics;
using System.Runtime.CompilerServices;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// One level's minimisation. The second frame is warped by the present field, the constancies are linearised there, and the
/// nonlinear equations are solved by freezing the robust weights (a few times) and relaxing what is then linear (<see cref="Relaxation"/>).
/// Rows are shared between threads; each pixel is computed in the same order by however many.
/// </summary>
internal sealed class FlowSolver
{
    private const float Alpha = 0.012f;
    private const float EdgeSharpness = 4f;
    private const float LeastEdgeWeight = 0.05f;
    private const float SmoothEpsilon = 0.01f;
    private const int Freezes = 3;

    private readonly FlowPlanes _first;
    private readonly FlowPlanes _second;
    private readonly FlowGrid _grid;
    private readonly float[][] _warped;
    private readonly float[] _inside;

    // α·g between a pixel and its right and lower neighbour; 0 at the border.
    private readonly float[] _edgeRight;
    private readonly float[] _edgeDown;

    private readonly MotionTensor _colour;
    private readonly MotionTensor _gradient;
    private readonly Relaxation _equations;
    private readonly float[] _startU;
    private readonly float[] _startV;

    public FlowSolver(FlowPlanes first, FlowPlanes second)
    {
        using ProfilerSpan span = Profiler.Module("edges");
        (_first, _second, _grid) = (first, second, first.Grid);
        _warped = [.. first.Planes.Select(_ => _grid.NewPlane())];
        (_colour, _gradient, _equations) = (new MotionTensor(_grid), new MotionTensor(_grid), new Relaxation(_grid));
        (_inside, _edgeRight, _edgeDown) = (_grid.NewPlane(), _grid.NewPlane(), _grid.NewPlane());
        (_startU, _startV) = (_grid.NewPlane(), _grid.NewPlane());
        _grid.Rows(WeighEdges);
    }

    /// <summary>One warp: moves the field towards the minimum.</summary>
    public void Improve(FlowField field)
    {
        using (Profiler.Module("warp"))
        {
            _grid.Rows((start, end) => Warp(field.U, field.V, start, end));
            foreach (float[] plane in _warped)
                _grid.FillMargin(plane);
        }
        using (Profiler.Module("motion tensor"))
            _grid.Rows(Linearise);
        field.U.CopyTo(_startU, 0);
        field.V.CopyTo(_startV, 0);
        for (int freeze = 0; freeze < Freezes; freeze++)
        {
            using (Profiler.Module("robust weights"))
            {
                _grid.Rows((start, end) => FreezeSmoothness(field.U, field.V, start, end));
                _grid.Rows((start, end) => FreezeData(field.U, field.V, start, end));
            }
            using (Profiler.Module("relax"))
                _equations.Relax(field.U, field.V);
        }
    }

    private void WeighEdges(int start, int end)
    {
        for (int y = start; y < end; y++)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Warp(float[] u, float[] v, int start, int end)
    {
        int width = _grid.Width, height = _grid.Height, stride = _grid.Stride;
        for (int y = start; y < end; y++)
            for (int x = 0; x < width; x++)
            {
                int i = _grid.Row(y) + x;
                float toX = x + u[i], toY = y + v[i];
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
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Linearise(int start, int end)
    {
        for (int y = start; y < end; y++)
            for (int i = _grid.Row(y), last = i + _grid.Width; i < last; i += Vector<float>.Count)
            {
                MotionSums colour = default, gradient = default;
                for (int c = 0; c < FlowPlanes.Colours; c++)
                    AddConstancy(ref colour, i, _first.Planes[c], _warped[c]);
                for (int c = FlowPlanes.Colours; c < FlowPlanes.Channels; c++)
                    AddConstancy(ref gradient, i, _first.Planes[c], _warped[c]);
                _colour.Store(i, colour);
                _gradient.Store(i, gradient);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddConstancy(ref MotionSums sums, int i, float[] first, float[] warped) => sums.Add(
        0.5f * (FlowGrid.Difference(first, i, 1) + FlowGrid.Difference(warped, i, 1)),
        0.5f * (FlowGrid.Difference(first, i, _grid.Stride) + FlowGrid.Difference(warped, i, _grid.Stride)),
        At(warped, i) - At(first, i),
        At(_inside, i));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FreezeSmoothness(float[] u, float[] v, int start, int end)
    {
        int stride = _grid.Stride;
        for (int y = start; y < end; y++)
            for (int i = _grid.Row(y), last = i + _grid.Width; i < last; i += Vector<float>.Count)
            {
                Vector<float> hereU = At(u, i), hereV = At(v, i);
                Weigh(At(_edgeRight, i), At(u, i + 1) - hereU, At(v, i + 1) - hereV).CopyTo(_equations.Right, i);
                Weigh(At(_edgeDown, i), At(u, i + stride) - hereU, At(v, i + stride) - hereV).CopyTo(_equations.Down, i);
            }

        static Vector<float> Weigh(Vector<float> edge, Vector<float> du, Vector<float> dv) =>
            edge / Vector.SquareRoot(du * du + dv * dv + new Vector<float>(SmoothEpsilon * SmoothEpsilon));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FreezeData(float[] u, float[] v, int start, int end)
    {
        // Keeps pixels that nothing holds, beyond the border, from dividing by zero.
        var least = new Vector<float>(1e-12f);
        int stride = _grid.Stride;
        float[] right = _equations.Right, down = _equations.Down;
        for (int y = start; y < end; y++)
            for (int i = _grid.Row(y), last = i + _grid.Width; i < last; i += Vector<float>.Count)
            {
                Vector<float> u0 = At(_startU, i), v0 = At(_startV, i);
                Vector<float> du = At(u, i) - u0, dv = At(v, i) - v0;
                Vector<float> colour = _colour.Weight(i, du, dv), gradient = _gradient.Weight(i, du, dv);
                Vector<float> xx = colour * At(_colour.Xx, i) + gradient * At(_gradient.Xx, i);
                Vector<float> xy = colour * At(_colour.Xy, i) + gradient * At(_gradient.Xy, i);
                Vector<float> yy = colour * At(_colour.Yy, i) + gradient * At(_gradient.Yy, i);
                Vector<float> xt = colour * At(_colour.Xt, i) + gradient * At(_gradient.Xt, i);
                Vector<float> yt = colour * At(_colour.Yt, i) + gradient * At(_gradient.Yt, i);
                Vector<float> neighbours = At(right, i) + At(right, i - 1) + At(down, i) + At(down, i - stride) + least;
                _equations.Freeze(i, xx + neighbours, yy + neighbours, xy, xx * u0 + xy * v0 - xt, xy * u0 + yy * v0 - yt);
            }
    }

    private static Vector<float> At(float[] plane, int i) => new(plane, i);
}
