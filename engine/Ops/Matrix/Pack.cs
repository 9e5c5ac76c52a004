namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// A linear layer's weight (N,K) as the products of its device read it (<see cref="DType.F32Panels"/>), in as much memory: what each product would
    /// otherwise do again. For weights that are no longer trained; linear layers alone take it. A weight whose rows fill no whole panels, or whose device
    /// has none, is returned as it is.
    /// </summary>
    public static Tensor Pack(Tensor weight)
    {
        const string op = "pack";
        OpChecks.SameDevice(op, DType.F32, weight);
        OpChecks.That(weight.Rank == 2, op, "the weight must be (out, in)", weight);
        OpChecks.That(!GradientTape.IsRecording(weight), op, "packed weights are for inference alone, and what is given requires a gradient", weight);
        (int n, int k, int lanes) = (weight.Shape[0], weight.Shape[1], weight.Device.PanelLanes);
        if (lanes == 0 || n % lanes != 0)
            return weight;
        using Tensor inPanels = weight.Alias([n / lanes, lanes, k]), panels = Permute(inPanels, 0, 2, 1);
        return panels.Alias(weight.Shape, DType.F32Panels);
    }

    // Rows of a packed weight lie in its panels as one block, if they fill whole ones.
    private static Tensor PackedRows(Tensor weight, int start, int count)
    {
        int k = weight.Shape[1];
        ArePanels("narrow", weight, start, count);
        using Tensor flat = weight.Alias([weight.Shape[0], k], DType.F32), rows = Narrow(flat, 0, start, count);
        return rows.Alias(rows.Shape, DType.F32Panels);
    }

    private static void ArePanels(string op, Tensor weight, int start, int count)
    {
        int lanes = weight.Device.PanelLanes;
        OpChecks.That(start % lanes == 0 && count % lanes == 0, op, $"rows of a packed weight are taken by {lanes}", weight);
    }
}
