namespace SspNative.Engine.Nn;

/// <summary>
/// A pass that is run again and again, like PyTorch's <c>make_graphed_callables</c>. For each set of shapes the first run is as it is: layers make tables
/// that they keep. The second is recorded; it and all that follow copy their inputs to where the recording reads them and replay it. All have the same
/// bits. Where the device does not record, or something is to be differentiated, every run is as it is.
/// </summary>
/// <param name="device">Where it runs.</param>
/// <param name="pass">
/// A function of float tensors and of parameters, which live at least as long. What it does may depend on the inputs' shapes and not on their numbers:
/// between host and device it copies nothing.
/// </param>
public sealed class GraphedPass<TOutput>(IDevice device, Func<Tensor[], TOutput> pass) : IDisposable
    where TOutput : class, ITensors
{
    private readonly List<Recording> _recordings = [];

    /// <summary>Recordings that there are, one for each set of shapes that was seen twice.</summary>
    public int Recordings => _recordings.Count(r => r.Graph is not null);

    /// <summary>Computes the pass.</summary>
    /// <param name="inputs">Its inputs.</param>
    /// <returns>Its result, which the next run with the same shapes may overwrite.</returns>
    public TOutput Run(params Tensor[] inputs)
    {
        if (device is not IRecordingDevice { Records: true } recorder || GradientTape.IsOpen)
            return pass(inputs);
        if (_recordings.Find(r => r.Takes(inputs)) is not { } recording)
        {
            Shape[] shapes = [.. inputs.Select(t => t.Shape)];
            TOutput first = pass(inputs);
            // Now its kernels are compiled, and its layers have what they keep.
            _recordings.Add(new Recording(shapes));
            return first;
        }
        recording.Graph ??= Record(recorder, recording, inputs);
        for (int i = 0; i < inputs.Length; i++)
            Copy(inputs[i], recording.Inputs[i]);
        recording.Graph.Replay();
        return recording.Output!;
    }

    public void Dispose()
    {
        foreach (Recording recording in _recordings)
            recording.Dispose();
        _recordings.Clear();
    }

    private DeviceGraph Record(IRecordingDevice recorder, Recording recording, Tensor[] inputs)
    {
        foreach (Tensor input in inputs)
            if (input.DType != DType.F32)
                throw new ArgumentException($"GraphedPass: an input is {input}: only float inputs can be overwritten by the next run's");
        recording.Inputs = [.. inputs.Select(t => TensorScope.Unowned(Tensor.Empty(t.Shape, device)))];
        try
        {
            return recorder.Record(() =>
            {
                using var scope = new TensorScope();
                recording.Output = pass(recording.Inputs);
                foreach (Tensor t in recording.Output.Tensors)
                    TensorScope.Unowned(t);
            });
        }
        catch
        {
            recording.Dispose();
            throw;
        }
    }

    private void Copy(Tensor from, Tensor to)
    {
        long[] strides = from.Shape.Strides();
        device.Launch(new CopyStridedCall(from.Buffer, 0, strides, to.Buffer, 0, strides, from.Shape.Dims, sizeof(float)));
    }

    private sealed class Recording(Shape[] shapes) : IDisposable
    {
        public Tensor[] Inputs { get; set; } = [];

        public TOutput? Output { get; set; }

        public DeviceGraph? Graph { get; set; }

        public bool Takes(Tensor[] inputs) => shapes.SequenceEqual(inputs.Select(t => t.Shape));

        public void Dispose()
        {
            // An output may be an input.
            foreach (Tensor t in Inputs.Concat(Output?.Tensors ?? []).Distinct())
                t.Dispose();
            Graph?.Dispose();
            (Inputs, Output, Graph) = ([], null, null);
        }
    }
}
