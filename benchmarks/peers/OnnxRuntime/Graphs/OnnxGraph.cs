using System.Runtime.InteropServices;

namespace SspNative.Peers.OnnxRuntime.Graphs;

/// <summary>What a graph is given at every run.</summary>
/// <param name="Values">Floats or 64-bit integers.</param>
internal sealed record GraphInput(string Name, long[] Shape, Array Values);

/// <summary>A graph of operators, written as an ONNX ModelProto. Field numbers are those of onnx.proto.</summary>
internal sealed class OnnxGraph
{
    private const int IrVersion = 10, Opset = 20, ContribOpset = 1;
    private const int ElementFloat = 1, ElementInteger = 7;
    private const string ContribDomain = "com.microsoft";
    private const int AttributeFloat = 1, AttributeInt = 2, AttributeString = 3, AttributeInts = 7;

    private readonly Random _random = new(1);
    private readonly ProtoWriter _body = new();
    private readonly List<(ProtoWriter Head, Array Values)> _constants = [];
    private int _named;

    public List<GraphInput> Inputs { get; } = [];

    public List<(string Name, long[] Shape)> Outputs { get; } = [];

    /// <summary>Random values to be given at every run.</summary>
    public string Input(string name, params long[] shape) => Input(name, Random(shape), shape);

    /// <summary>Values to be given at every run.</summary>
    public string Input(string name, Array values, params long[] shape)
    {
        Inputs.Add(new GraphInput(name, shape, values));
        int element = values.GetType() == typeof(long[]) ? ElementInteger : ElementFloat;
        _body.Message(11, value => ValueInfo(value, name, shape, element));
        return name;
    }

    /// <summary>A constant with random values.</summary>
    public string RandomWeight(string name, params long[] shape) => Constant(name, Random(shape), shape);

    public string Constant(string name, float[] values, params long[] shape) => Constant(name, ElementFloat, (Array)values, shape);

    public string Constant(string name, long[] values, params long[] shape) => Constant(name, ElementInteger, (Array)values, shape);

    /// <summary>An operator with one output. Inputs of no name are left out.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => Node(op, "", inputs, attributes);

    /// <summary>An operator of ONNX Runtime's own.</summary>
    public string ContribNode(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(op, ContribDomain, inputs, attributes);

    /// <summary>An operator of one input whose output has a name of its own.</summary>
    public string Named(string op, string output, string input) => Node(op, "", output, [input], []);

    public OnnxGraph Output(string name, params long[] shape)
    {
        Outputs.Add((name, shape));
        _body.Message(12, value => ValueInfo(value, name, shape, ElementFloat));
        return this;
    }

    private float[] Random(long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
            values[i] = 2 * _random.NextSingle() - 1;
        return values;
    }

    /// <summary>The model as a file has it. Weights are copied once: they may be half a gigabyte.</summary>
    public byte[] ToModel()
    {
        ProtoWriter before = new ProtoWriter().Integer(1, IrVersion), after = new ProtoWriter()
            .Message(8, set => set.Text(1, "").Integer(2, Opset))
            .Message(8, set => set.Text(1, ContribDomain).Integer(2, ContribOpset));
        var graph = new ProtoWriter().Bytes(2, "case"u8).Bytes(_body.Written);
        long[] lengths = [.. _constants.Select(c => c.Head.Written.Length + ProtoWriter.LengthOf(9, Bytes(c.Values).Length))];
        long length = graph.Written.Length + lengths.Sum(n => ProtoWriter.LengthOf(5, n));
        var model = new ProtoWriter(checked((int)(before.Written.Length + ProtoWriter.LengthOf(7, length) + after.Written.Length)));
        model.Bytes(before.Written).Head(7, length).Bytes(graph.Written);
        for (int i = 0; i < lengths.Length; i++)
            model.Head(5, lengths[i]).Bytes(_constants[i].Head.Written).Bytes(9, Bytes(_constants[i].Values));
        return model.Bytes(after.Written).Whole();
    }

    private string Constant(string name, int element, Array values, long[] shape)
    {
        var head = new ProtoWriter();
        foreach (long size in shape)
            head.Integer(1, size);
        _constants.Add((head.Integer(2, element).Text(8, name), values));
        return name;
    }

    private static ReadOnlySpan<byte> Bytes(Array values) =>
        values is float[] floats ? MemoryMarshal.AsBytes(floats.AsSpan()) : MemoryMarshal.AsBytes(((long[])values).AsSpan());

    private string Node(string op, string domain, string[] inputs, (string Name, object Value)[] attributes) =>
        Node(op, domain, $"{op}:{_named++}", inputs, attributes);

    private string Node(string op, string domain, string output, string[] inputs, (string Name, object Value)[] attributes)
    {
        _body.Message(1, node =>
        {
            foreach (string input in inputs)
                node.Text(1, input);
            node.Text(2, output).Text(3, output).Text(4, op).Text(7, domain);
            foreach ((string name, object value) in attributes)
                node.Message(5, attribute => Attribute(attribute.Text(1, name), value));
        });
        return output;
    }

    private static void Attribute(ProtoWriter attribute, object value)
    {
        switch (value)
        {
            case float number:
                attribute.Float(2, number).Integer(20, AttributeFloat);
                break;
            case int number:
                attribute.Integer(3, number).Integer(20, AttributeInt);
                break;
            case string text:
                attribute.Text(4, text).Integer(20, AttributeString);
                break;
            case int[] numbers:
                foreach (int number in numbers)
                    attribute.Integer(8, number);
                attribute.Integer(20, AttributeInts);
                break;
            default:
                throw new ArgumentException($"an attribute cannot be {value}", nameof(value));
        }
    }

    private static void ValueInfo(ProtoWriter value, string name, long[] shape, int element) => value.Text(1, name).Message(2, type => type.Message(1, tensor =>
        tensor.Integer(1, element).Message(2, dimensions =>
        {
            foreach (long size in shape)
                dimensions.Message(1, dimension => dimension.Integer(1, size));
        })));
}
