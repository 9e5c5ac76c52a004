using System.Numerics;
using System.Runtime.CompilerServices;

namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// The linearised constancy of some channels at every pixel: the sums of the products of (I_x, I_y, I_t), so that the squared
/// error after a step (du,dv) is a quadratic form in (du,dv,1).
/// </summary>
internal sealed class MotionTensor(FlowGrid grid)
{
    // ε of the robust function, in pixels.
    private const float Epsilon = 0.01f;

    public float[] Xx { get; } = grid.NewPlane();

    public float[] Xy { get; } = grid.NewPlane();

    public float[] Yy { get; } = grid.NewPlane();

    public float[] Xt { get; } = grid.NewPlane();

    public float[] Yt { get; } = grid.NewPlane();

    public float[] Tt { get; } = grid.NewPlane();

    /// <summary>The sums of a vector of pixels.</summary>
    public void Store(int i, in MotionSums sums)
    {
        sums.Xx.CopyTo(Xx, i);
        sums.Xy.CopyTo(Xy, i);
        sums.Yy.CopyTo(Yy, i);
        sums.Xt.CopyTo(Xt, i);
        sums.Yt.CopyTo(Yt, i);
        sums.Tt.CopyTo(Tt, i);
    }

    /// <summary>The robust weight 1/√(s² + ε²) of the error s that a step leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Weight(int i, Vector<float> du, Vector<float> dv)
    {
        Vector<float> square = new Vector<float>(Tt, i)
            + du * (2 * new Vector<float>(Xt, i) + du * new Vector<float>(Xx, i) + 2 * dv * new Vector<float>(Xy, i))
            + dv * (2 * new Vector<float>(Yt, i) + dv * new Vector<float>(Yy, i));
        Vector<float> positive = Vector.Max(square, Vector<float>.Zero) + new Vector<float>(Epsilon * Epsilon);
        return Vector<float>.One / Vector.SquareRoot(positive);
    }
}

/// <summary>The numbers of a <see cref="MotionTensor"/> for a vector of pixels while channels are added.</summary>
internal struct MotionSums
{
    // Below this slope a channel says little about motion.
    private const float LeastSlope = 0.02f;

    public Vector<float> Xx;
    public Vector<float> Xy;
    public Vector<float> Yy;
    public Vector<float> Xt;
    public Vector<float> Yt;
    public Vector<float> Tt;

    /// <summary>Adds (I_x du + I_y dv + I_t)², divided by |∇I|²: errors are distances in pixels.</summary>
    /// <param name="inside">1 where the motion ends inside the picture, else 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Vector<float> dx, Vector<float> dy, Vector<float> dt, Vector<float> inside)
    {
        Vector<float> scale = inside / (dx * dx + dy * dy + new Vector<float>(LeastSlope * LeastSlope));
        Vector<float> x = scale * dx, y = scale * dy;
        Xx += x * dx;
        Xy += x * dy;
        Yy += y * dy;
        Xt += x * dt;
        Yt += y * dt;
        Tt += scale * dt * dt;
    }
}
