namespace SspNative.Model.OpticalFlow.Pyramid;

/// <summary>
/// Planes that serve again: an estimation takes dozens, and a clip has thousands of estimations of one size. One thread at a time has a pool.
/// </summary>
internal sealed class PlanePool
{
    private readonly Dictionary<int, Stack<float[]>> _free = [];
    private readonly List<float[]> _taken = [];

    /// <summary>Planes that are taken; <see cref="ReturnSince"/> goes back to it.</summary>
    public int Mark => _taken.Count;

    /// <summary>A plane of zeros.</summary>
    public float[] Take(int length)
    {
        float[] plane;
        if (_free.TryGetValue(length, out Stack<float[]>? free) && free.TryPop(out float[]? former))
            Array.Clear(plane = former);
        else
            plane = new float[length];
        _taken.Add(plane);
        return plane;
    }

    /// <summary>Gives a plane back that was taken.</summary>
    public void Return(float[] plane) => ReturnAt(_taken.LastIndexOf(plane));

    /// <summary>Gives back what was taken since a mark and is not back yet.</summary>
    public void ReturnSince(int mark)
    {
        while (_taken.Count > mark)
            ReturnAt(_taken.Count - 1);
    }

    private void ReturnAt(int index)
    {
        float[] plane = _taken[index];
        _taken.RemoveAt(index);
        if (!_free.TryGetValue(plane.Length, out Stack<float[]>? free))
            _free.Add(plane.Length, free = new Stack<float[]>());
        free.Push(plane);
    }
}
